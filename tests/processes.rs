//! The real executables: how they start, how they fail to, and how two of them share one database.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Instant;

use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::json;
use tests::SEED;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command as AsyncCommand};
use tokio::task::JoinSet;

/// The folder with the executables, built first. The whole workspace is named so that the features are those of the
/// tests themselves, and nothing is compiled twice.
fn executables() -> &'static PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let cargo = Command::new(env!("CARGO"))
            .args([
                "build",
                "--workspace",
                "--quiet",
                "--bin",
                "local",
                "--bin",
                "tokens_issue",
                "--bin",
                "products_list",
            ])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status();
        assert!(cargo.unwrap().success(), "the executables could not be built");
        // target/debug/deps/processes-... -> target/debug
        std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().to_owned()
    })
}

/// What a function says when it is started with these variables, `(name, "")` meaning without it.
fn refuses_to_start(function: &str, changes: &[(&str, &str)]) -> String {
    let seed = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(seed.path(), SEED).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let mut command = Command::new(executables().join(function));
    command.env_clear().envs([
        ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9"),
        ("AWS_LAMBDA_FUNCTION_NAME", function),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL_DYNAMODB", &endpoint),
        ("TABLE_PREFIX", "local-"),
        ("TOKEN_ISSUER", "local"),
        ("TOKEN_AUDIENCE", "local-api"),
        ("SIGNING_SEED_FILE", seed.path().to_str().unwrap()),
    ]);
    for (name, value) in changes {
        if value.is_empty() {
            command.env_remove(name)
        } else {
            command.env(name, value)
        };
    }
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{changes:?}: {said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{changes:?}: {said}");
    said
}

#[test]
fn b01_a_function_that_cannot_work_says_why_in_one_line() {
    let files = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        std::fs::write(files.path().join(name), text).unwrap();
        files.path().join(name).to_str().unwrap().to_owned()
    };
    let (empty, short, odd) = (file("empty", ""), file("short", "abc"), file("odd", &"g".repeat(64)));
    let cases = [
        ("AWS_ACCESS_KEY_ID", "", "AWS_ACCESS_KEY_ID is not set"),
        ("AWS_SECRET_ACCESS_KEY", "", "AWS_SECRET_ACCESS_KEY is not set"),
        ("AWS_REGION", "", "AWS_REGION is not set"),
        ("TABLE_PREFIX", "", "TABLE_PREFIX is not set"),
        ("TOKEN_ISSUER", "", "TOKEN_ISSUER is not set"),
        ("AWS_LAMBDA_RUNTIME_API", "", "AWS_LAMBDA_RUNTIME_API is not set"),
        ("MISSING_TOKEN_STATUS", "404", "MISSING_TOKEN_STATUS must be 403 or 401"),
        ("ACCESS_TOKEN_SECONDS", "soon", "ACCESS_TOKEN_SECONDS must be a number of seconds"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9", "DynamoDB at http://127.0.0.1:9 can't be reached"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "nowhere at all", "AWS_ENDPOINT_URL_DYNAMODB is no URL"),
        ("SIGNING_SEED_FILE", "", "SIGNING_SECRET_ID is not set"),
        ("SIGNING_SEED_FILE", &empty, "the signing seed is empty"),
        ("SIGNING_SEED_FILE", &short, "the signing seed is not 64 characters long"),
        ("SIGNING_SEED_FILE", &odd, "the signing seed is not hexadecimal"),
        ("SIGNING_SEED_FILE", "/nonexistent", "the signing seed can't be read"),
    ];
    for (name, value, cause) in cases {
        let said = refuses_to_start("tokens_issue", &[(name, value)]);
        assert!(said.contains(cause), "{name}={value}: {said}");
        assert!(!said.contains(SEED), "{said}");
    }
    // A function that does not sign needs no seed, and goes on to the next thing that is wrong.
    let said = refuses_to_start("products_list", &[("SIGNING_SEED_FILE", ""), ("TABLE_PREFIX", "")]);
    assert!(said.contains("TABLE_PREFIX is not set"), "{said}");
}

/// A running `local`, which ends with the test.
struct Local {
    process: Child,
    url: String,
}

impl Local {
    async fn start(data: &Path, options: &[&str]) -> Self {
        let mut command = AsyncCommand::new(executables().join("local"));
        command.args(["--port", "0", "--data", data.to_str().unwrap()]).args(options);
        Self::ready(command).await
    }

    async fn ready(mut command: AsyncCommand) -> Self {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let line = BufReader::new(process.stdout.take().unwrap()).lines().next_line().await.unwrap();
        let url = line.unwrap_or_default().strip_prefix("ready ").expect("the first line is `ready URL`").to_owned();
        Self { process, url }
    }
}

/// Status and body of a call from `address`, which is one of this machine's own.
async fn call(method: &str, url: &str, address: [u8; 4], body: &str) -> (u16, String) {
    let mut connector = HttpConnector::new();
    connector.set_local_address(Some(IpAddr::V4(Ipv4Addr::from(address))));
    let client: Client<_, Full<bytes::Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
    let request = http::Request::builder().method(method).uri(url).header("content-type", "application/json");
    let answer = client.request(request.body(Full::from(body.to_owned())).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn l02_two_servers_over_one_database_admit_no_more_sign_ins_than_one() {
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
async fn local_keeps_its_data_and_says_what_functions_need() {
    let data = tempfile::tempdir().unwrap();
    let sign_in = json!({ "username": "staff", "password": local::PASSWORD }).to_string();
    let first = Local::start(data.path(), &["--db-port", "0"]).await;
    let (status, products) = call("GET", &format!("{}/v1/products", first.url), [127, 0, 0, 1], "").await;
    assert_eq!(status, 200);
    assert_eq!(call("POST", &format!("{}/v1/auth/token", first.url), [127, 0, 0, 2], &sign_in).await.0, 200);
    assert_eq!(
        call("GET", &format!("{}/nowhere", first.url), [127, 0, 0, 1], "").await,
        (404, r#"{"message":"Not Found"}"#.into())
    );
    let environment = std::fs::read_to_string(data.path().join("env")).unwrap();
    for name in ["AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:", "TABLE_PREFIX=local-", "SIGNING_SEED_FILE=/"] {
        assert!(environment.contains(name), "{environment}");
    }
    drop(first);
    let second = Local::start(data.path(), &["--db-port", "0"]).await;
    let (_, again) = call("GET", &format!("{}/v1/products", second.url), [127, 0, 0, 1], "").await;
    assert_eq!(again, products);
}

#[tokio::test(flavor = "multi_thread")]
async fn local_leaves_nothing_of_an_ephemeral_run() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = AsyncCommand::new(executables().join("local"));
    command.args(["--ephemeral", "--port", "0", "--db-port", "0"]).env("TMPDIR", folder.path());
    let mut local = Local::ready(command).await;
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    Command::new("kill").arg(local.process.id().unwrap().to_string()).status().unwrap();
    assert!(local.process.wait().await.unwrap().success());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn local_that_cannot_work_says_why_in_one_line() {
    let (folder, seed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(seed.path().join("signing-seed"), "abc").unwrap();
    let folder = folder.path().to_str().unwrap();
    let cases = [
        (vec!["--data", folder, "--database", "http://127.0.0.1:9"], "DynamoDB at http://127.0.0.1:9 can't be reached"),
        (vec!["--data", seed.path().to_str().unwrap(), "--db-port", "0"], "the signing seed is not 64 characters long"),
        (vec!["--data", "/dev/null/x"], "data directory"),
    ];
    for (options, cause) in cases {
        let output = Command::new(executables().join("local")).args(["--port", "0"]).args(&options).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{options:?}: {said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{options:?}: {said}");
        assert!(said.contains(cause), "{options:?}: {said}");
    }
}
