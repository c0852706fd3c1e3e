use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use tests::executable;

use crate::{Local, call, call_with};

const PASSWORD: &str = "seven-wandering-otters";

/// Runs `admin --local` with this standard input. Returns the exit code, standard output and standard error.
fn admin(data: &Path, arguments: &[&str], input: &str) -> (i32, String, String) {
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
fn admin_json(data: &Path, arguments: &[&str]) -> Value {
    let (code, out, err) = admin(data, &[&["--json"], arguments].concat(), "");
    assert_eq!(code, 0, "{arguments:?}: {err}");
    serde_json::from_str(&out).unwrap()
}

/// The error of a command, which must fail with one line.
fn admin_fails(data: &Path, arguments: &[&str], input: &str, with: i32) -> String {
    let (code, out, err) = admin(data, arguments, input);
    assert_eq!((code, out.as_str()), (with, ""), "{arguments:?}: {err}");
    assert_eq!(err.trim_end().lines().count(), 1, "{arguments:?}: {err}");
    err
}

async fn sign_in(url: &str, last: u8, username: &str, password: &str) -> (u16, Value) {
    let body = json!({ "username": username, "password": password }).to_string();
    let (status, body) = call("POST", &format!("{url}/v1/auth/token"), [127, 0, 1, last], &body).await;
    (status, serde_json::from_str(&body).unwrap())
}

async fn me(url: &str, tokens: &Value) -> u16 {
    let token = tokens["access_token"].as_str().unwrap();
    call_with("GET", &format!("{url}/v1/users/me"), [127, 0, 0, 1], "", token).await.0
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
    let (code, said, err) = admin(data, &new, &format!("{PASSWORD}\n"));
    assert!(code == 0 && said.contains("created superuser root"), "{said}{err}");
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

    for command in ["deactivate", "sessions", "revoke-sessions"] {
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
    let unknown = "A".repeat(43);
    let mark = admin_json(data.path(), &["--yes", "revoke-key", &unknown]);
    assert_eq!((&mark["published"], &mark["kid"]), (&json!(false), &Value::Null), "{mark}");
    // The seed can't be read: the key is revoked all the same, and the command fails.
    let (_, keys) = call("GET", &format!("{}/.well-known/jwks.json", third.url), [127, 0, 0, 1], "").await;
    let last = kid(&serde_json::from_str(&keys).unwrap());
    std::fs::write(data.path().join("signing-seed"), "no hex").unwrap();
    let (code, out, failed) = admin(data.path(), &["--yes", "revoke-key", &last], "");
    assert_eq!((code, out.as_str()), (1, ""), "{failed}");
    assert!(failed.contains(&format!("{last} is revoked, but")), "{failed}");
    let (_, keys) = call("GET", &format!("{}/.well-known/jwks.json", third.url), [127, 0, 0, 1], "").await;
    assert!(!keys.contains(&last), "{keys}");
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
