//! Jobs: the grants of their functions, and the handling of failed jobs.

use std::collections::BTreeSet;

use auth::UserId;
use aws_sdk_dynamodb::types::AttributeValue;
use identity::MailJob;
use local::{Grant, Template};
use serde_json::json;
use tests::{Authenticator, Client, Fault, TestApp};

use crate::data::owned;
use crate::erasure::{begin, spooled};
use crate::seconds;

fn email(user: &Client) -> String {
    format!("{}@example.com", user.username)
}

/// Requests of one millisecond are one request.
async fn ask_for_reset(app: &TestApp, user: &Client) {
    app.clock.advance_millis(1);
    let response = app.anon().post("/v1/auth/password-reset", json!({ "email": email(user) })).await;
    assert_eq!(response.status, 202, "{}", response.body);
}

pub async fn sign_up(app: &TestApp, name: &str) {
    let body = json!({ "username": name, "email": format!("{name}@example.com"), "password": tests::PASSWORD });
    assert_eq!(app.anon().post("/v1/users", body).await.status, 201);
}

/// Handles the one due job in a new process. Returns the grants that the job needed.
async fn work(app: &TestApp) -> BTreeSet<Grant> {
    let process = app.second_process();
    app.dynamo.take_calls();
    assert_eq!(process.handle_jobs().await, 1);
    app.dynamo.take_calls().iter().flat_map(|call| call.grants()).collect()
}

/// The grants on tables of a function without a route.
fn granted(binary: &str) -> BTreeSet<Grant> {
    let workers = Template::ours().unwrap().workers().unwrap();
    let worker = workers.into_iter().find(|worker| worker.binary == binary).unwrap();
    worker.grants.into_iter().filter(|grant| grant.action.starts_with("dynamodb:")).collect()
}

#[track_caller]
fn assert_granted(binary: &str, done: &BTreeSet<Grant>) {
    let (done, granted) = (Grant::needed(done), granted(binary));
    let missing: Vec<_> = done.difference(&granted).collect();
    let spare: Vec<_> = granted.difference(&done).collect();
    assert!(missing.is_empty() && spare.is_empty(), "{binary} lacks {missing:?}, and has {spare:?} too many");
}

/// Jobs of an earlier version are in the queue while a new version is deployed.
#[test]
fn jobs_of_earlier_versions_can_be_read() {
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let job: MailJob = serde_json::from_value(json!({ "job": "verify_email", "user_id": id })).unwrap();
    assert_eq!(job, MailJob::VerifyEmail { user_id: UserId::parse(id).unwrap(), pending_epoch: None, asked_at: None });
}

#[tokio::test]
async fn the_mail_function_has_exactly_the_grants_that_its_jobs_need() {
    let app = TestApp::init().await;
    let user = app.user().await;
    ask_for_reset(&app, &user).await;
    let mut done = work(&app).await;
    sign_up(&app, "ada").await;
    app.wait_for_mails();
    done.extend(work(&app).await);
    assert_eq!(app.mails().await.len(), 2);
    app.tell_owners();
    let browser = [("user-agent", "Lynx/2.9")];
    let body = json!({ "username": user.username, "password": tests::PASSWORD });
    assert_eq!(app.anon().send_with(http::Method::POST, "/v1/auth/token", Some(body), &browser).await.status, 200);
    app.wait_for_mails();
    done.extend(work(&app).await);
    assert_eq!(app.mails().await.len(), 3);
    // The code for a first factor, and the notices of factors.
    let factor = Authenticator::begin(&app, &user).await;
    app.wait_for_mails();
    done.extend(work(&app).await);
    let code = app.mailed_code(&email(&user)).await;
    assert_eq!(factor.confirm(&user, Some(&code)).await.status, 200);
    app.wait_for_mails();
    done.extend(work(&app).await);
    let owner = factor.sign_in(&app, &user.username).await;
    app.take_notices();
    assert_eq!(owner.delete(&format!("/v1/users/me/factors/{}", factor.id)).await.status, 204);
    app.wait_for_mails();
    done.extend(work(&app).await);
    assert_eq!(app.mails().await.len(), 6);
    let invited = app.staff().await.post("/v1/invitations", json!({ "email": "bob@example.com" })).await;
    assert_eq!(invited.status, 202, "{}", invited.body);
    app.take_notices();
    app.wait_for_mails();
    done.extend(work(&app).await);
    assert_granted("mail_send", &done);
}

#[tokio::test]
async fn the_erasing_function_has_exactly_the_grants_that_its_job_needs() {
    let app = TestApp::init().await;
    let user = owned(&app, 2).await;
    tests::fill_account(&app, &user).await;
    begin(&user).await;
    seconds(&app, 10);
    assert_granted("user_erase", &work(&app).await);
}

#[test]
fn the_rotating_function_has_no_grant_on_a_table() {
    assert_granted("key_rotate", &BTreeSet::new());
}

/// Emails that were stored under older rules, or by another program. Some would address several mailboxes.
#[tokio::test]
async fn nothing_but_one_plain_address_is_mailed() {
    let app = TestApp::init().await;
    for (at, odd) in ["ada@x.org, eve@x.org", "ada@x.org,eve@x.org", "Eve <eve@x.org>", "a@x.org\r\nBcc: eve@x.org"]
        .into_iter()
        .enumerate()
    {
        sign_up(&app, &format!("user{at}")).await;
        let users = app.items("users").await;
        let user = users.iter().find(|item| item["username"].as_s() == Ok(&format!("user{at}"))).unwrap();
        let id = user["id"].as_s().unwrap();
        app.set("users", ("id", id), "email", AttributeValue::S(odd.to_owned())).await;
        assert_eq!(app.mails().await, [""; 0], "{odd}");
        let logged = tests::record::lines(id);
        let refused = |line: &&String| line.contains("mail_refused") && line.contains(r#""reason":"address""#);
        assert_eq!(logged.iter().filter(refused).count(), 1, "{odd}: {logged:?}");
        assert!(app.waiting_jobs().is_empty(), "{odd}: the job has ended");
    }
}

pub fn refuse(app: &TestApp, operation: &'static str, table: &'static str) {
    app.dynamo.fault(move |call| call.is(operation, table).then_some(Fault::Refuse("AccessDeniedException")));
}

fn extensions(app: &TestApp) -> Vec<String> {
    spooled(app).iter().map(|file| file.extension().unwrap().to_str().unwrap().to_owned()).collect()
}

/// A user who asked for a reset that can't be handled until the faults are healed.
async fn reset_that_fails() -> (TestApp, Client) {
    let app = TestApp::init().await;
    let user = app.user().await;
    ask_for_reset(&app, &user).await;
    refuse(&app, "PutItem", "mail_tokens");
    (app, user)
}

#[tokio::test]
async fn a_job_that_fails_is_done_later() {
    let (app, _user) = reset_that_fails().await;
    assert_eq!(app.handle_jobs().await, 0);
    app.dynamo.heal();
    assert_eq!(extensions(&app), ["json"], "the job is back in the queue");
    app.dynamo.take_calls();
    app.clock.advance_millis(29_999);
    assert_eq!((app.handle_jobs().await, app.dynamo.take_calls().len()), (0, 0), "not yet");
    app.clock.advance_millis(1);
    assert_eq!(app.handle_jobs().await, 1);
    assert!(spooled(&app).is_empty());
    assert_eq!(app.mails().await.len(), 1);
}

#[tokio::test]
async fn a_job_that_fails_holds_up_no_other() {
    let app = TestApp::init().await;
    let (user, other) = (app.user().await, app.user().await);
    begin(&user).await;
    seconds(&app, 10);
    ask_for_reset(&app, &other).await;
    let email = email(&other);
    app.dynamo.fault(|call| {
        let fails = call.function == "user_erase" && call.is("GetItem", "users");
        fails.then_some(Fault::Refuse("AccessDeniedException"))
    });
    assert_eq!(app.handle_jobs().await, 1);
    app.dynamo.heal();
    assert!(app.mails().await.iter().any(|mail| mail.contains(&email)));
    assert_eq!(extensions(&app), ["json"]);
}

#[tokio::test]
async fn a_job_that_fails_five_times_is_set_aside() {
    let (app, user) = reset_that_fails().await;
    for at in 1..=5 {
        assert_eq!(app.handle_jobs().await, 0, "try {at}");
        assert_eq!(extensions(&app), [if at < 5 { "json" } else { "dead" }], "try {at}");
        seconds(&app, 30);
    }
    app.dynamo.heal();
    seconds(&app, 3600);
    app.dynamo.take_calls();
    assert_eq!((app.handle_jobs().await, app.dynamo.take_calls().len()), (0, 0), "the job is not tried again");
    let text = std::fs::read_to_string(&spooled(&app)[0]).unwrap();
    assert!(text.contains(&email(&user)), "an operator can still read the job: {text}");
}

#[tokio::test]
async fn a_mail_that_is_tried_again_is_counted_once() {
    let (app, user) = reset_that_fails().await;
    assert_eq!(app.handle_jobs().await, 0);
    app.dynamo.heal();
    seconds(&app, 30);
    assert_eq!(app.handle_jobs().await, 1);
    for expected in [2, 3, 3] {
        ask_for_reset(&app, &user).await;
        assert_eq!(app.mails().await.len(), expected, "three an hour");
    }
}

/// The values of all counters of verification mails.
pub async fn counted(app: &TestApp) -> Vec<(String, String)> {
    let items = app.items("rate_limits").await;
    let text = |item: &std::collections::HashMap<String, AttributeValue>| {
        (item["key"].as_s().unwrap().clone(), item["tat"].as_n().unwrap().clone())
    };
    let mut all: Vec<_> = items.iter().map(text).filter(|(key, _)| key.starts_with("mail verify_email")).collect();
    all.sort();
    all
}

/// Otherwise an outage would let an attacker fill a mailbox.
#[tokio::test]
async fn mails_that_failed_before_they_were_counted_are_counted_when_they_are_tried_again() {
    for (operation, table) in [("GetItem", "identities"), ("GetItem", "users"), ("UpdateItem", "rate_limits")] {
        let app = TestApp::init().await;
        let user = app.user().await;
        for _ in 0..6 {
            ask_for_reset(&app, &user).await;
        }
        refuse(&app, operation, table);
        assert_eq!(app.handle_jobs().await, 0);
        app.dynamo.heal();
        seconds(&app, 30);
        assert_eq!(app.mails().await.len(), 3, "{operation} {table}: three an hour, after any failures");
    }
}
