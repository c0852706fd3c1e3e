//! An operator ends the sessions of all users by one command.

use std::path::Path;

use api::Settings;
use aws_sdk_dynamodb::types::AttributeValue;
use identity::demo::PASSWORD;
use serde_json::{Value, json};

use crate::Local;
use crate::admin::{admin, admin_json, me, sign_in};
use crate::operators::{assert_nothing, done};

const COMMAND: [&str; 2] = ["--yes", "end-all-sessions"];

async fn tokens(local: &Local, last: u8, username: &str) -> Value {
    let (status, tokens) = sign_in(&local.url, last, username, PASSWORD).await;
    assert_eq!(status, 200, "{username}: {tokens}");
    tokens
}

/// The id of a user, as in the audit.
fn subject(data: &Path, username: &str) -> String {
    let users = admin_json(data, &["list-users"]);
    let user = users.as_array().unwrap().iter().find(|user| user["username"] == username).unwrap();
    format!("users/{}", user["id"].as_str().unwrap())
}

/// The subjects of all sessions that a command ended, in order.
fn ended(acts: &[Value]) -> Vec<String> {
    let ended = acts.iter().filter(|act| act["action"] == "session_revoked");
    let mut subjects: Vec<_> = ended.map(|act| act["subject"].as_str().unwrap().to_owned()).collect();
    subjects.sort();
    subjects
}

/// Writes an attribute of a user directly into the database of `local`.
async fn damage(data: &Path, subject: &str, attribute: &str, value: AttributeValue) {
    let env = std::fs::read_to_string(data.join("env")).unwrap();
    let variable =
        move |name: &str| env.lines().find_map(|line| line.strip_prefix(&format!("{name}="))).map(str::to_owned);
    let database = Settings::read(variable).unwrap().connection.dynamodb();
    let id = AttributeValue::S(subject.trim_start_matches("users/").to_owned());
    let update = database.update_item().table_name("local-users").key("id", id).update_expression("SET #a = :v");
    update.expression_attribute_names("#a", attribute).expression_attribute_values(":v", value).send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn all_users_are_signed_out_by_one_command_and_sign_in_again() {
    let directory = tempfile::tempdir().unwrap();
    let local = Local::start(directory.path(), &["--db-port", "0"]).await;
    let (data, url) = (directory.path(), local.url.as_str());
    let mut subjects = ["user", "staff", "superuser"].map(|name| subject(data, name));
    subjects.sort();
    let before = [tokens(&local, 1, "user").await, tokens(&local, 2, "staff").await];
    admin_json(data, &["deactivate", "superuser"]);

    assert_nothing(data, &["end-all-sessions"], 4);
    for session in &before {
        assert_eq!(me(url, session).await, 200, "nothing was done");
    }
    let acts = done(data, || {
        assert_eq!(admin_json(data, &COMMAND), json!({ "signed_out": 3, "failed": [] }));
    });
    for session in &before {
        assert_eq!(me(url, session).await, 401);
    }
    assert_eq!(ended(&acts), subjects, "a row for each, also for a closed account: {acts:#?}");
    assert!(acts.iter().all(|act| act["actor"] == "operator/local"), "{acts:#?}");
    for (last, username) in [(3, "user"), (4, "staff")] {
        assert_eq!(me(url, &tokens(&local, last, username).await).await, 200, "{username} signs in again");
    }

    let (code, said, log) = admin(data, &COMMAND, "");
    assert_eq!((code, said.as_str()), (0, "3 users are signed out\n"), "{log}");
    assert_eq!(log.matches(r#""event":"session_revoked""#).count(), 3, "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_fails_is_named_and_keeps_no_other_signed_in() {
    let directory = tempfile::tempdir().unwrap();
    let local = Local::start(directory.path(), &["--db-port", "0"]).await;
    let data = directory.path();
    let [user, staff, superuser] = ["user", "staff", "superuser"].map(|name| subject(data, name));
    let session = tokens(&local, 1, "superuser").await;
    let number = |text: &str| AttributeValue::N(text.to_owned());
    damage(data, &user, "epoch", AttributeValue::Null(true)).await;
    // The rest of this row can't be read, but its sessions can be ended.
    damage(data, &staff, "first_name", AttributeValue::Null(true)).await;

    let acts = done(data, || {
        let (code, said, log) = admin(data, &[&["--json"], &COMMAND[..]].concat(), "");
        let said: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(said, json!({ "signed_out": 2, "failed": [user.trim_start_matches("users/")] }));
        assert_eq!(code, 1, "{log}");
        assert!(log.contains(&format!("admin: {user}: ")), "{log}");
        assert!(log.ends_with("1 accounts are not signed out, and are named above: run it again\n"), "{log}");
    });
    assert_eq!(me(&local.url, &session).await, 401);
    let mut others = [staff, superuser.clone()];
    others.sort();
    assert_eq!(ended(&acts), others);

    // The next run ends the rest. An account that is being erased is left out: its sessions have ended.
    damage(data, &user, "epoch", number("7")).await;
    damage(data, &superuser, "erased_at", number("1")).await;
    assert_eq!(admin_json(data, &COMMAND), json!({ "signed_out": 2, "failed": [] }));
}
