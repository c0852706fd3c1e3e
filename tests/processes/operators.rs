//! What operators do with `admin` is in the audit.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tests::executable;

use crate::admin::{PASSWORD, admin, admin_fails, admin_json, sign_in};
use crate::{Local, call};

const OPERATOR: &str = "operator/local";

/// What the operator did so far, the newest first.
pub(crate) fn acts(data: &Path) -> Vec<Value> {
    let acts = admin_json(data, &["audit", "--actor", OPERATOR]);
    acts.as_array().unwrap().clone()
}

/// What a command did: the acts that it added.
pub(crate) fn done(data: &Path, command: impl FnOnce()) -> Vec<Value> {
    let before = acts(data);
    command();
    acts(data).into_iter().filter(|act| !before.contains(act)).collect()
}

/// The only act of a command, which must succeed: action, subject, before and after.
#[track_caller]
fn act(data: &Path, arguments: &[&str]) -> (String, String, Value, Value) {
    let acts = done(data, || _ = admin_json(data, arguments));
    let [act] = &acts[..] else { panic!("{arguments:?}: {acts:#?}") };
    assert_eq!((&act["actor"], &act["request_id"]), (&json!(OPERATOR), &Value::Null), "{act}");
    let text = |name: &str| act[name].as_str().unwrap().to_owned();
    (text("action"), text("subject"), act["before"].clone(), act["after"].clone())
}

#[track_caller]
pub(crate) fn assert_nothing(data: &Path, arguments: &[&str], code: i32) {
    let acts = done(data, || assert_eq!(admin(data, arguments, PASSWORD).0, code, "{arguments:?}"));
    assert_eq!(acts, [] as [Value; 0], "{arguments:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_command_that_changes_a_user_leaves_one_row() {
    let directory = tempfile::tempdir().unwrap();
    let local = Local::start(directory.path(), &["--db-port", "0"]).await;
    let data = directory.path();
    let new = ["create-superuser", "--username", "root", "--email", "root@example.com", "--password-stdin"];
    let created = done(data, || assert_eq!(admin(data, &new, PASSWORD).0, 0));
    let [created] = &created[..] else { panic!("{created:#?}") };
    let roles = json!({ "is_staff": false, "is_superuser": true });
    assert_eq!(
        (&created["action"], &created["before"], &created["after"]),
        (&json!("user_created"), &json!({}), &roles)
    );
    let root = created["subject"].as_str().unwrap();

    let expected = |action: &str, before: Value, after: Value| (action.to_owned(), root.to_owned(), before, after);
    let flag = |name: &str, is: bool| json!({ name: is });
    for (arguments, (name, is)) in [
        (&["set-roles", "root", "--staff", "true", "--superuser", "true"][..], ("is_staff", true)),
        (&["deactivate", "root"], ("is_active", false)),
        (&["activate", "root@example.com"], ("is_active", true)),
    ] {
        assert_eq!(act(data, arguments), expected("roles_changed", flag(name, !is), flag(name, is)), "{arguments:?}");
        // The same again changes nothing, and shows the account.
        assert_eq!(act(data, arguments), expected("users_read", json!({}), json!({})), "{arguments:?}");
    }
    sign_in(&local.url, 1, "root", PASSWORD).await;
    let ended = act(data, &["--yes", "revoke-sessions", "root"]);
    assert_eq!(ended, expected("session_revoked", json!({ "epoch": "1" }), json!({ "epoch": "2" })));
    assert_nothing(data, &["revoke-sessions", "root"], 4);
    assert_nothing(data, &new, 5);
    assert_nothing(data, &["deactivate", "nobody"], 3);

    // Reads: the list shows four accounts.
    let listed = done(data, || _ = admin_json(data, &["list-users"]));
    assert_eq!((listed.len(), &listed[0]["action"]), (1, &json!("users_listed")));
    assert_eq!(listed[0]["shown"].as_array().unwrap().len(), 4);
    assert_eq!(act(data, &["sessions", "root"]).0, "sessions_listed");
    let of_root = admin_json(data, &["audit", "--subject", root]);
    assert_eq!(of_root.as_array().unwrap().len(), 9, "{of_root}");
    let (_, table, _) = admin(data, &["audit", "--subject", root], "");
    assert!(table.contains("CHANGE") && table.contains("is_staff: false -> true"), "{table}");
    assert_nothing(data, &["audit", "--subject", root], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_and_keys_leave_rows_without_addresses() {
    let directory = tempfile::tempdir().unwrap();
    let local = Local::start(directory.path(), &["--db-port", "0"]).await;
    let data = directory.path();
    let user = {
        let users = admin_json(data, &["list-users"]);
        let user = users.as_array().unwrap().iter().find(|user| user["username"] == "user").unwrap();
        format!("users/{}", user["id"].as_str().unwrap())
    };
    sign_in(&local.url, 9, "user", "wrong-password").await;
    let cleared = |subject: &str, count: &str| {
        ("limits_cleared".to_owned(), subject.to_owned(), json!({ "counters": count }), json!({}))
    };
    assert_eq!(act(data, &["unblock", "--address", "127.0.1.9"]), cleared("rate_limits", "2"));
    assert_eq!(act(data, &["unblock", "--account", "user"]), cleared(&user, "1"));
    assert_nothing(data, &["unblock", "--address", "127.0.1.9"], 0);
    assert_nothing(data, &["unblock", "--account", "nobody@example.com"], 0);

    let rotated = done(data, || _ = admin_json(data, &["rotate-key"]));
    let mut actions: Vec<&str> = rotated.iter().map(|act| act["action"].as_str().unwrap()).collect();
    actions.sort_unstable();
    assert_eq!(actions, ["key_rotate_intended", "key_rotated"]);
    assert!(rotated.iter().all(|act| act["subject"] == "signing_seed" && act["after"] == rotated[0]["after"]));

    let unknown = "A".repeat(43);
    let (action, subject, _, after) = act(data, &["--yes", "revoke-key", &unknown]);
    assert_eq!((action.as_str(), subject), ("key_revoked", format!("signing_keys/{unknown}")));
    assert!(after["revoked_at"].is_string(), "{after}");
    assert_nothing(data, &["--yes", "revoke-key", &unknown], 0);
    let rows = Value::from(acts(data)).to_string();
    assert!(!rows.contains("127.0.1.9") && !rows.contains('@'), "{rows}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_whose_seed_cannot_be_written_leaves_the_first_row_alone() {
    let directory = tempfile::tempdir().unwrap();
    let _local = Local::start(directory.path(), &["--db-port", "0"]).await;
    let data = directory.path();
    // A directory can't be replaced by a file.
    std::fs::remove_file(data.join("signing-seed")).unwrap();
    std::fs::create_dir(data.join("signing-seed")).unwrap();
    let acts = done(data, || _ = admin_fails(data, &["rotate-key"], "", 1));
    let actions: Vec<&str> = acts.iter().map(|act| act["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["key_rotate_intended"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_name_from_sts_nothing_is_done() {
    let directory = tempfile::tempdir().unwrap();
    let local = Local::start(directory.path(), &["--db-port", "0"]).await;
    let env = std::fs::read_to_string(directory.path().join("env")).unwrap();
    let variable = |name: &str| env.lines().find_map(|line| line.strip_prefix(&format!("{name}="))).unwrap();
    let mut deployed = Command::new(executable("admin"));
    deployed.args(["--stack", variable("TABLE_PREFIX").trim_end_matches('-'), "deactivate", "user"]);
    deployed.env("AWS_ENDPOINT_URL_DYNAMODB", variable("AWS_ENDPOINT_URL_DYNAMODB"));
    deployed.env("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9");
    deployed.envs([("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x")]);
    let output = deployed.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), said.trim_end().lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains("STS does not say who you are, so nothing was done"), "{said}");
    assert_eq!(sign_in(&local.url, 1, "user", identity::demo::PASSWORD).await.0, 200);
    assert_eq!(call("GET", &format!("{}/v1/health", local.url), [127, 0, 0, 1], "").await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_mails_a_reset_and_frees_the_email_of_an_account_that_was_never_verified() {
    let directory = tempfile::tempdir().unwrap();
    let local = Local::start(directory.path(), &["--db-port", "0"]).await;
    let data = directory.path();
    let (action, subject, ..) = act(data, &["send-reset", "user@example.com"]);
    assert!(action == "reset_requested" && subject.starts_with("users/"), "{action} {subject}");
    assert_nothing(data, &["--yes", "free-email", "user@example.com"], 5);
    assert_nothing(data, &["--yes", "free-email", "user"], 3);

    let sign_up =
        |name: &str| json!({ "username": name, "email": "nina@example.org", "password": PASSWORD }).to_string();
    let url = format!("{}/v1/users", local.url);
    assert_eq!(call("POST", &url, [127, 0, 2, 1], &sign_up("squatter")).await.0, 201);
    assert_eq!(call("POST", &url, [127, 0, 2, 1], &sign_up("nina")).await.0, 409);
    assert_nothing(data, &["send-reset", "squatter"], 5);
    assert_nothing(data, &["free-email", "nina@example.org"], 4);
    let (action, _, before, after) = act(data, &["--yes", "free-email", "Nina@example.org"]);
    assert_eq!((action.as_str(), before, after), ("email_freed", json!({}), json!({ "closed": true })));
    assert_eq!(call("POST", &url, [127, 0, 2, 1], &sign_up("nina")).await.0, 201);
    assert_nothing(data, &["--yes", "free-email", "nobody@example.org"], 3);
    // An account with a role is not closed: its owner signs in with the username.
    let roles = ["set-roles", "nina", "--staff", "true"];
    assert_eq!(act(data, &roles).0, "roles_changed");
    assert_eq!(act(data, &["--yes", "free-email", "nina@example.org"]).3, json!({ "closed": false }));
    assert_eq!(call("POST", &url, [127, 0, 2, 1], &sign_up("third")).await.0, 201);
    sign_in(&local.url, 11, "nina", PASSWORD).await;
    let rows = Value::from(acts(data)).to_string();
    assert!(!rows.contains('@'), "{rows}");
}
