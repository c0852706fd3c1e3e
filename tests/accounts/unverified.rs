//! Accounts that are never verified end after some days.

use auth::Roles;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::json;
use tests::{Fault, PASSWORD, TestApp};

use crate::{set_flag, sign_in};

const EMAIL: &str = "ada@example.com";

/// An app with the account `ada`, whose first link was sent just now.
async fn mailed() -> TestApp {
    let app = TestApp::init().await;
    let body = json!({ "username": "ada", "email": EMAIL, "password": PASSWORD });
    assert_eq!(app.anon().post("/v1/users", body).await.status, 201);
    app.mailed_token(EMAIL).await;
    app
}

fn hours(app: &TestApp, hours: i64) {
    app.clock.advance(SignedDuration::from_hours(hours));
}

async fn run(app: &TestApp) {
    app.end_unverified().await.unwrap();
}

/// The subjects of the mails so far.
async fn subjects(app: &TestApp) -> Vec<String> {
    let subject = |mail: &String| mail.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap().to_owned();
    app.mails().await.iter().map(subject).collect()
}

const FIRST: &str = "Please confirm your email address";
const REMINDER: &str = "Your account will be deleted";

async fn account(app: &TestApp) -> Option<std::collections::HashMap<String, AttributeValue>> {
    app.items("users").await.into_iter().find(|row| row["username"] == AttributeValue::S("ada".to_owned()))
}

/// Runs the task every hour for some days.
async fn days(app: &TestApp, days: i64) {
    for _ in 0..24 * days {
        hours(app, 1);
        run(app).await;
        app.handle_jobs().await;
    }
}

#[tokio::test]
async fn the_owner_is_reminded_after_five_days_once_and_the_account_ends_after_seven() {
    let app = mailed().await;
    hours(&app, 5 * 24 - 1);
    run(&app).await;
    assert_eq!(subjects(&app).await, [FIRST]);
    hours(&app, 1);
    run(&app).await;
    run(&app).await;
    assert_eq!(subjects(&app).await, [FIRST, REMINDER]);
    let reminder = app.mails().await.pop().unwrap();
    assert!(reminder.contains("/verify-email#token=") && !reminder.contains("ada,"), "{reminder}");

    hours(&app, 2 * 24 - 1);
    run(&app).await;
    assert!(account(&app).await.unwrap()["is_active"].as_bool().unwrap());
    hours(&app, 1);
    run(&app).await;
    assert!(!account(&app).await.unwrap()["is_active"].as_bool().unwrap(), "closed at once");
    assert_eq!(subjects(&app).await, [FIRST, REMINDER]);
    assert!(account(&app).await.is_none() && app.items("identities").await.is_empty());
    let body = json!({ "username": "ada", "email": EMAIL, "password": PASSWORD });
    assert_eq!(app.anon().post("/v1/users", body).await.status, 201);
}

#[tokio::test]
async fn the_link_in_the_reminder_keeps_the_account() {
    let app = mailed().await;
    hours(&app, 5 * 24);
    run(&app).await;
    let token = app.mailed_token(EMAIL).await;
    let verify = json!({ "token": token, "password": PASSWORD });
    assert_eq!(app.anon().post("/v1/auth/verify-email", verify).await.status, 204);
    days(&app, 4).await;
    let account = account(&app).await.unwrap();
    assert!(*account["is_active"].as_bool().unwrap() && !account.contains_key("unverified"));
    assert_eq!(sign_in(&app.anon(), "ada", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn a_verification_just_before_the_end_wins() {
    let app = mailed().await;
    hours(&app, 5 * 24);
    run(&app).await;
    app.mails().await;
    hours(&app, 2 * 24);
    // The task has read the index when the account is verified.
    let row = account(&app).await.unwrap();
    app.set("users", ("id", row["id"].as_s().unwrap()), "email_verified", AttributeValue::Bool(true)).await;
    run(&app).await;
    app.wait_for_mails();
    app.handle_jobs().await;
    assert!(account(&app).await.unwrap()["is_active"].as_bool().unwrap());
}

#[tokio::test]
async fn roles_and_closed_accounts_are_left_alone_and_leave_the_index() {
    for (name, value) in [("is_staff", true), ("is_superuser", true), ("is_active", false)] {
        for before_the_reminder in [true, false] {
            let app = mailed().await;
            let id = auth::UserId::parse(account(&app).await.unwrap()["id"].as_s().unwrap()).unwrap();
            if before_the_reminder {
                set_flag(&app, id, name, value).await;
            }
            hours(&app, 5 * 24);
            run(&app).await;
            app.mails().await;
            set_flag(&app, id, name, value).await;
            hours(&app, 2 * 24);
            run(&app).await;
            app.wait_for_mails();
            app.handle_jobs().await;
            let account = account(&app).await.unwrap();
            assert!(!account.contains_key("unverified") && !account.contains_key("erased_at"), "{name} {account:?}");
            assert_eq!(subjects(&app).await.len(), if before_the_reminder { 1 } else { 2 }, "{name}");
        }
    }
}

#[tokio::test]
async fn accounts_that_were_not_mailed_or_are_older_than_this_rule_never_end() {
    let app = TestApp::init().await;
    let body = |name: &str| json!({ "username": name, "email": format!("{name}@example.com"), "password": PASSWORD });
    assert_eq!(app.anon().post("/v1/users", body("unmailed")).await.status, 201);
    let spool = app.settings.environment.optional("JOB_SPOOL").unwrap();
    std::fs::remove_dir_all(std::path::Path::new(&spool).join("mail")).unwrap();
    assert_eq!(app.anon().post("/v1/users", body("older")).await.status, 201);
    for row in app.items("users").await {
        if row["username"] == AttributeValue::S("older".to_owned()) {
            app.remove("users", ("id", row["id"].as_s().unwrap()), "ends_unverified").await;
        }
    }
    app.create_user("known", "known@example.com", Roles::default()).await;
    app.mails().await;
    days(&app, 15).await;
    assert_eq!(app.items("users").await.len(), 3);
    assert_eq!(app.mails().await.len(), 1, "the link of the older account");
}

#[tokio::test]
async fn zero_days_are_no_end() {
    let app = TestApp::init_with(&[("UNVERIFIED_DAYS", "0")]).await;
    let body = json!({ "username": "ada", "email": EMAIL, "password": PASSWORD });
    assert_eq!(app.anon().post("/v1/users", body).await.status, 201);
    app.mailed_token(EMAIL).await;
    hours(&app, 24 * 100);
    run(&app).await;
    hours(&app, 24 * 100);
    run(&app).await;
    assert_eq!(subjects(&app).await, [FIRST]);
    assert!(account(&app).await.is_some());
}

#[tokio::test]
async fn a_run_that_fails_or_whose_answers_are_lost_is_repeated_without_harm() {
    let app = mailed().await;
    hours(&app, 5 * 24);
    for fault in [Fault::LoseResponse, Fault::Refuse("ThrottlingException")] {
        let mut fault = Some(fault);
        app.dynamo.fault(move |call| if call.is("UpdateItem", "users") { fault.take() } else { None });
        let _ = app.end_unverified().await;
        app.dynamo.heal();
        run(&app).await;
    }
    assert_eq!(subjects(&app).await, [FIRST, REMINDER]);
    hours(&app, 2 * 24);
    app.dynamo.fault(|call| call.is("UpdateItem", "users").then_some(Fault::LoseResponse));
    let _ = app.end_unverified().await;
    app.dynamo.heal();
    run(&app).await;
    app.wait_for_mails();
    app.handle_jobs().await;
    assert!(account(&app).await.is_none());
}

#[tokio::test]
async fn without_a_reminder_no_account_ends() {
    let app = mailed().await;
    let outbox = std::path::PathBuf::from(app.settings.environment.optional("MAIL_OUTBOX").unwrap());
    let kept = outbox.with_file_name("kept");
    std::fs::rename(&outbox, &kept).unwrap();
    std::fs::write(&outbox, "").unwrap();
    days(&app, 9).await;
    assert!(*account(&app).await.unwrap()["is_active"].as_bool().unwrap(), "no mail can be sent");
    std::fs::remove_file(&outbox).unwrap();
    std::fs::rename(&kept, &outbox).unwrap();
    days(&app, 1).await;
    assert_eq!(subjects(&app).await, [FIRST, REMINDER]);
    assert!(*account(&app).await.unwrap()["is_active"].as_bool().unwrap(), "two days from now on");
    days(&app, 2).await;
    assert!(account(&app).await.is_none());
}

/// Mails to one mailbox are limited, so some of these accounts get their first link in the reminder.
#[tokio::test]
async fn all_accounts_of_one_mailbox_end() {
    let app = TestApp::init().await;
    for at in 0..5 {
        let body =
            json!({ "username": format!("me{at}"), "email": format!("me+{at}@example.com"), "password": PASSWORD });
        assert_eq!(app.anon().post("/v1/users", body).await.status, 201);
    }
    assert_eq!(app.mails().await.len(), 3);
    hours(&app, 5 * 24);
    run(&app).await;
    assert_eq!(app.mails().await.len(), 6, "three reminders");
    let waits = |row: &std::collections::HashMap<String, AttributeValue>| row["unverified"].as_s().unwrap() == "mailed";
    assert_eq!(app.items("users").await.iter().filter(|row| waits(row)).count(), 2);
    run(&app).await;
    assert_eq!(app.waiting_jobs().len(), 0, "the others are tried later, and keep nobody waiting");
    days(&app, 4).await;
    assert_eq!(app.mails().await.len(), 8, "five reminders");
    assert!(app.items("users").await.is_empty());
}

/// A reset link is a link, too. Otherwise somebody who asks for three at once keeps the account for ever.
#[tokio::test]
async fn the_time_of_an_account_begins_with_a_reset_link_too() {
    let app = TestApp::init().await;
    let body = json!({ "username": "ada", "email": EMAIL, "password": PASSWORD });
    assert_eq!(app.anon().post("/v1/users", body).await.status, 201);
    assert_eq!(app.anon().post("/v1/auth/password-reset", json!({ "email": EMAIL })).await.status, 202);
    assert_eq!(app.handle_jobs().await, 1);
    assert!(account(&app).await.unwrap().contains_key("unverified"));
}

#[tokio::test]
async fn an_account_that_an_earlier_version_verified_leaves_the_index() {
    let app = mailed().await;
    let id = account(&app).await.unwrap()["id"].as_s().unwrap().clone();
    app.set("users", ("id", &id), "email_verified", AttributeValue::Bool(true)).await;
    hours(&app, 5 * 24);
    run(&app).await;
    assert_eq!(subjects(&app).await, [FIRST]);
    assert!(!account(&app).await.unwrap().contains_key("unverified"));
}
