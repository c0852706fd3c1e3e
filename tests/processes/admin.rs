use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use tests::executable;

use crate::{Local, call, call_with};

pub(crate) const PASSWORD: &str = "seven-wandering-otters";

/// Runs `admin --local` with this standard input. Returns the exit code, standard output and standard error.
pub(crate) fn admin(data: &Path, arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut command = Command::new(executable("admin"));
    command.args(["--local", "--data", data.to_str().unwrap()]).args(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Some commands don't read their input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// The JSON output of a command, which must succeed.
pub(crate) fn admin_json(data: &Path, arguments: &[&str]) -> Value {
    let (code, out, err) = admin(data, &[&["--json"], arguments].concat(), "");
    assert_eq!(code, 0, "{arguments:?}: {err}");
    serde_json::from_str(&out).unwrap()
}

/// The error of a command, which must fail with one line.
pub(crate) fn admin_fails(data: &Path, arguments: &[&str], input: &str, with: i32) -> String {
    let (code, out, err) = admin(data, arguments, input);
    assert_eq!((code, out.as_str()), (with, ""), "{arguments:?}: {err}");
    assert_eq!(err.trim_end().lines().count(), 1, "{arguments:?}: {err}");
    err
}

pub(crate) async fn sign_in(url: &str, last: u8, username: &str, password: &str) -> (u16, Value) {
    let body = json!({ "username": username, "password": password }).to_string();
    let (status, body) = call("POST", &format!("{url}/v1/auth/token"), [127, 0, 1, last], &body).await;
    (status, serde_json::from_str(&body).unwrap())
}

pub(crate) async fn me(url: &str, tokens: &Value) -> u16 {
    let token = tokens["access_token"].as_str().unwrap();
    call_with("GET", &format!("{url}/v1/users/me"), [127, 0, 0, 1], "", token).await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_has_enough_ends_no_command_with_an_error() {
    let data = tempfile::tempdir().unwrap();
    let _local = Local::start(data.path(), &["--db-port", "0"]).await;
    let mut command = Command::new(executable("admin"));
    command.args(["--local", "--data", data.path().to_str().unwrap(), "list-users"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Closed before the command has anything to print.
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn admin_manages_users_and_their_sessions() {
    let data = tempfile::tempdir().unwrap();
    let local = Local::start(data.path(), &["--db-port", "0"]).await;
    let (data, url) = (data.path(), local.url.as_str());

    let users = admin_json(data, &["list-users"]);
    let names: Vec<&str> = users.as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect();
    assert_eq!(names, ["staff", "superuser", "user"]);
    let (_, table, _) = admin(data, &["list-users"], "");
    assert!(table.contains("USERNAME") && table.contains("staff@example.com"), "{table}");

    let new = ["create-superuser", "--username", "root", "--email", "root@example.com", "--password-stdin"];
    assert!(admin_fails(data, &new, "password\n", 5).contains("too easy to guess"));
    for email in
        ["a@b,c@d", "Ada <a@b>", "a@b\r\nBcc: c@d", "a@b@c", "\"a\"@b", "a@[192.0.2.1]", "\u{e9}@b", " a@b", "a"]
    {
        let odd = ["create-superuser", "--username", "root", "--email", email, "--password-stdin"];
        assert!(admin_fails(data, &odd, PASSWORD, 5).contains("the email must be an ASCII email address"), "{email:?}");
    }
    for username in ["", " ", "a b", "a@b", "a\u{200b}", "\u{202e}a", "a\n", "\u{1b}[2J", "\u{430}da"] {
        let odd = ["create-superuser", "--username", username, "--email", "a@b", "--password-stdin"];
        assert!(admin_fails(data, &odd, PASSWORD, 5).contains("the username m"), "{username:?}");
    }
    let (code, said, err) = admin(data, &new, &format!("{PASSWORD}\n"));
    assert!(code == 0 && said.contains("created superuser root"), "{said}{err}");
    // There is no terminal.
    assert!(err.contains("admin: root has no second factor; the owner adds one at /account/security"), "{err}");
    assert!(admin_fails(data, &new, PASSWORD, 5).contains("the username is taken"));
    let (status, root) = sign_in(url, 1, "root", PASSWORD).await;
    assert_eq!(status, 200, "{root}");

    let changed = admin_json(data, &["set-roles", "user@example.com", "--staff", "true"]);
    assert_eq!((&changed["is_staff"], &changed["is_superuser"]), (&json!(true), &json!(false)));
    admin_json(data, &["deactivate", "root"]);
    assert_eq!(me(url, &root).await, 401);
    assert_eq!(sign_in(url, 2, "root", PASSWORD).await.0, 401);
    assert_eq!(admin_json(data, &["activate", "root"])["is_active"], json!(true));
    assert_eq!(me(url, &root).await, 401, "the old session stays ended");

    let (_, again) = sign_in(url, 3, "root", PASSWORD).await;
    let sessions = admin_json(data, &["sessions", "root"]);
    assert_eq!(sessions.as_array().unwrap().len(), 1, "{sessions}");
    assert!(!sessions.to_string().contains("127.0.1.3"), "addresses are for their owners: {sessions}");
    assert!(admin_fails(data, &["revoke-sessions", "root"], "", 4).contains("not confirmed"));
    assert_eq!(me(url, &again).await, 200, "nothing was done");
    assert_eq!(admin_json(data, &["--yes", "revoke-sessions", "root"])["revoked"], json!(1));
    assert_eq!(me(url, &again).await, 401);
    assert_eq!(admin_json(data, &["sessions", "root"]), json!([]));

    for command in ["deactivate", "sessions", "revoke-sessions", "reset-factors"] {
        assert!(admin_fails(data, &[command, "nobody"], "", 3).contains("there is no user nobody"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn admin_clears_limits_and_replaces_keys() {
    let data = tempfile::tempdir().unwrap();
    let database = Local::start(data.path(), &["--database-only", "--db-port", "0"]).await;
    let start = async || Local::start(data.path(), &["--database", &database.url]).await;
    let first = start().await;
    for _ in 0..10 {
        assert_eq!(sign_in(&first.url, 9, "user", "wrong-password").await.0, 401);
    }
    // A process remembers a block for a while. A new process reads the counter.
    assert_eq!(sign_in(&start().await.url, 9, "user", "wrong-password").await.0, 429);
    assert_eq!(admin_json(data.path(), &["unblock", "--address", "127.0.1.9"])["counters"], json!(2));
    assert_eq!(admin_json(data.path(), &["unblock", "--account", "user"])["counters"], json!(1));
    let second = start().await;
    let (status, tokens) = sign_in(&second.url, 9, "user", identity::demo::PASSWORD).await;
    assert_eq!(status, 200);
    assert!(admin_fails(data.path(), &["unblock", "--address", "here"], "", 5).contains("no IP address"));

    let seed = || std::fs::read_to_string(data.path().join("signing-seed")).unwrap();
    let before = seed();
    let kid = |keys: &Value| keys["keys"][0]["kid"].as_str().unwrap().to_owned();
    let (_, keys) = call("GET", &format!("{}/.well-known/jwks.json", second.url), [127, 0, 0, 1], "").await;
    let old = kid(&serde_json::from_str(&keys).unwrap());
    assert!(admin_fails(data.path(), &["revoke-key", &old], "", 4).contains("not confirmed"));
    assert_eq!(me(&start().await.url, &tokens).await, 200);
    let revoked = admin_json(data.path(), &["--yes", "revoke-key", &old]);
    assert_eq!(revoked["revoked"], json!(old));
    assert!(seed() != before && revoked["kid"] != json!(old), "a key in use is replaced: {revoked}");
    assert_eq!(me(&start().await.url, &tokens).await, 401);
    let in_use = seed();
    let rotated = admin_json(data.path(), &["rotate-key"]);
    assert!(seed() != in_use && rotated["kid"] != revoked["kid"], "{rotated}");
    let third = start().await;
    assert_eq!(me(&third.url, &sign_in(&third.url, 9, "user", identity::demo::PASSWORD).await.1).await, 200);
    // An id may begin with a hyphen.
    for unknown in ["A".repeat(43), "-".to_owned() + &"A".repeat(42)] {
        let mark = admin_json(data.path(), &["--yes", "revoke-key", &unknown]);
        assert_eq!((&mark["published"], &mark["kid"]), (&json!(false), &Value::Null), "{mark}");
    }
    // The seed can't be read: the key is revoked all the same, and the command fails.
    let (_, keys) = call("GET", &format!("{}/.well-known/jwks.json", third.url), [127, 0, 0, 1], "").await;
    let last = kid(&serde_json::from_str(&keys).unwrap());
    std::fs::write(data.path().join("signing-seed"), "no hex").unwrap();
    let (code, said, failed) = admin(data.path(), &["--yes", "revoke-key", &last], "");
    assert!(code == 1 && said.starts_with(&format!("{last} is revoked")), "{code} {said}");
    assert!(failed.contains(&format!("admin: {last} is revoked, but")), "{failed}");
    admin_json(data.path(), &["rotate-key"]);
    let fourth = start().await;
    let (_, keys) = call("GET", &format!("{}/.well-known/jwks.json", fourth.url), [127, 0, 0, 1], "").await;
    assert!(!keys.contains(&last), "{keys}");
    assert_eq!(sign_in(&fourth.url, 9, "user", identity::demo::PASSWORD).await.0, 200);
    assert!(admin_fails(data.path(), &["--yes", "revoke-key", "short"], "", 3).contains("there is no key short"));
}

#[test]
fn admin_explains_a_failure() {
    let nowhere = tempfile::tempdir().unwrap();
    assert!(admin_fails(nowhere.path(), &["list-users"], "", 1).contains("is `cargo run -p local` running here?"));
    let usage = |arguments: &[&str]| Command::new(executable("admin")).args(arguments).output().unwrap();
    let wrong: [&[&str]; 5] = [
        &["list-users"],
        &["--local", "--stack", "x", "list-users"],
        &["--local", "set-roles", "user"],
        &["--local", "unblock"],
        &["--local", "rotate-key", "--drill"],
    ];
    for arguments in wrong {
        assert_eq!(usage(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn admin_waits_some_seconds_for_a_database_and_then_says_so_in_one_line() {
    let data = tempfile::tempdir().unwrap();
    let mut local = Local::start(data.path(), &["--db-port", "0"]).await;
    local.process.kill().await.unwrap();
    let started = Instant::now();
    assert!(admin_fails(data.path(), &["list-users"], "", 1).contains("is `cargo run -p local` running here?"));
    assert!((4..10).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());

    let mut deployed = Command::new(executable("admin"));
    deployed.args(["--stack", "x", "list-users"]).env("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9");
    deployed.envs([("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x")]);
    let output = deployed.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), said.trim_end().lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains("DynamoDB at http://127.0.0.1:9 can't be reached"), "{said}");
}
