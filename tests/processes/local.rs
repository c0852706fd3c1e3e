use std::collections::BTreeMap;
use std::process::Command;
use std::time::Instant;

use serde_json::json;
use tests::executable;
use tokio::net::TcpListener;
use tokio::process::Command as AsyncCommand;
use tokio::task::JoinSet;

use crate::{Local, call};

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_over_one_database_admit_no_more_sign_ins_than_one() {
    let data = tempfile::tempdir().unwrap();
    let database = Local::start(data.path(), &["--database-only", "--db-port", "0"]).await;
    let servers = [
        Local::start(data.path(), &["--database", &database.url]).await,
        Local::start(data.path(), &["--database", &database.url]).await,
    ];
    let body = json!({ "username": "user", "password": "not-the-password" }).to_string();
    let started = Instant::now();
    let mut calls = JoinSet::new();
    for number in 0..50 {
        let (url, body) = (format!("{}/v1/auth/token", servers[number % 2].url), body.clone());
        calls.spawn(async move { call("POST", &url, [127, 0, 0, 77], &body).await.0 });
    }
    let statuses = calls.join_all().await;
    let most = 10 + started.elapsed().as_secs() / 6;
    let admitted = statuses.iter().filter(|status| **status != 429).count() as u64;
    assert!((10..=most).contains(&admitted), "{admitted} of 50 were admitted, not 10 to {most}");
    assert!(statuses.iter().all(|status| [401, 429].contains(status)), "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn local_keeps_its_data_and_writes_the_environment_of_functions() {
    let data = tempfile::tempdir().unwrap();
    let sign_in = json!({ "username": "staff", "password": identity::demo::PASSWORD }).to_string();
    let first = Local::start(data.path(), &["--db-port", "0"]).await;
    let sign_up =
        json!({ "username": "ada", "email": "ada@example.com", "password": "nine-patient-herons" }).to_string();
    assert_eq!(call("POST", &format!("{}/v1/users", first.url), [127, 0, 0, 1], &sign_up).await.0, 201);
    assert_eq!(call("POST", &format!("{}/v1/auth/token", first.url), [127, 0, 0, 2], &sign_in).await.0, 200);
    assert_eq!(
        call("GET", &format!("{}/nowhere", first.url), [127, 0, 0, 1], "").await,
        (404, r#"{"message":"Not Found"}"#.into())
    );
    let environment = std::fs::read_to_string(data.path().join("env")).unwrap();
    for name in [
        "AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:",
        "TABLE_PREFIX=local-",
        "SIGNING_SEED_FILE=/",
        "SEALING_KEYS_FILE=/",
        "STAFF_NEEDS_SECOND_FACTOR=false",
        "SUPERUSER_NEEDS_SECOND_FACTOR=false",
    ] {
        assert!(environment.contains(name), "{environment}");
    }
    drop(first);
    let second = Local::start(data.path(), &["--db-port", "0"]).await;
    assert_eq!(call("POST", &format!("{}/v1/users", second.url), [127, 0, 0, 1], &sign_up).await.0, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn local_makes_its_secrets_once() {
    let data = tempfile::tempdir().unwrap();
    let secrets = || ["signing-seed", "sealing-keys"].map(|name| std::fs::read(data.path().join(name)).unwrap());
    drop(Local::start(data.path(), &["--db-port", "0"]).await);
    let first = secrets();
    let keys: BTreeMap<String, String> = serde_json::from_slice(&first[1]).unwrap();
    let key = &keys["1"];
    assert_eq!((keys.len(), key.len()), (1, 64));
    assert!(key.bytes().all(|digit| digit.is_ascii_hexdigit()) && key.as_bytes() != first[0], "a secret of its own");
    drop(Local::start(data.path(), &["--db-port", "0"]).await);
    assert_eq!(secrets(), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn local_leaves_nothing_of_an_ephemeral_run() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = AsyncCommand::new(executable("local"));
    command.args(["--ephemeral", "--port", "0", "--db-port", "0"]).env("TMPDIR", folder.path());
    let mut local = Local::ready(command).await;
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    Command::new("kill").arg(local.process.id().unwrap().to_string()).status().unwrap();
    assert!(local.process.wait().await.unwrap().success());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn local_that_cannot_work_says_why_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let with = |name: &str, text: &[u8]| {
        let data = tempfile::tempdir().unwrap();
        std::fs::write(data.path().join(name), text).unwrap();
        data
    };
    let with_seed = |seed: &[u8]| with("signing-seed", seed);
    let (short, odd, bytes) = (with_seed(b"abc"), with_seed(&[b'g'; 64]), with_seed(&[0xff; 64]));
    let no_keys = with("sealing-keys", b"{");
    std::fs::write(no_keys.path().join("signing-seed"), [b'a'; 64]).unwrap();
    let folder = folder.path().to_str().unwrap();
    let cases = [
        (vec!["--data", folder, "--database", "http://127.0.0.1:9"], "DynamoDB at http://127.0.0.1:9 can't be reached"),
        (
            vec!["--data", short.path().to_str().unwrap(), "--db-port", "0"],
            "the signing seed is not 64 characters long",
        ),
        (vec!["--data", odd.path().to_str().unwrap(), "--db-port", "0"], "the signing seed is not hexadecimal"),
        (vec!["--data", bytes.path().to_str().unwrap(), "--db-port", "0"], "UTF-8"),
        (vec!["--data", no_keys.path().to_str().unwrap(), "--db-port", "0"], "/sealing-keys: "),
        (vec!["--data", "/dev/null/x"], "data directory"),
    ];
    for (options, cause) in cases {
        let started = Instant::now();
        let output = Command::new(executable("local")).args(["--port", "0"]).args(&options).output().unwrap();
        assert!(started.elapsed().as_secs() < 12, "{options:?}: {:?}", started.elapsed());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{options:?}: {said}");
        assert!(output.stdout.is_empty(), "{options:?}: it was never ready");
        assert_eq!(said.trim_end().lines().count(), 1, "{options:?}: {said}");
        assert!(said.contains(cause), "{options:?}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn local_waits_for_a_database_that_is_still_starting() {
    let data = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", port.local_addr().unwrap());
    let late = tokio::spawn(async move {
        // The first connection breaks.
        drop(port.accept().await.unwrap());
        let number = port.local_addr().unwrap().port();
        drop(port);
        local::Embedded::start(None, number).await.unwrap()
    });
    let local = Local::start(data.path(), &["--database", &url]).await;
    assert_eq!(call("GET", &format!("{}/v1/health", local.url), [127, 0, 0, 1], "").await.0, 200);
    drop(late.await.unwrap());
}
