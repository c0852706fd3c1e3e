//! `POST /v1/users/me/erase`: the conditions, and the effects before the job runs.

use std::path::PathBuf;

use catalogue::WORKERS;
use serde_json::json;
use tests::{Client, Fault, PASSWORD, Response, TestApp};

use crate::data::{owned, remains};
use crate::{ME, assert_dead, fields, flag, refresh, seconds, set_just_before};

pub async fn erase(user: &Client, password: &str) -> Response {
    user.post("/v1/users/me/erase", json!({ "password": password })).await
}

/// Requests the erasure, which must succeed.
pub async fn begin(user: &Client) {
    let response = erase(user, PASSWORD).await;
    assert_eq!(response.status, 202, "{}", response.body);
}

/// The files in the spool, the oldest first: jobs, jobs that were set aside, and half-written files. Notices are left out.
pub fn spooled(app: &TestApp) -> Vec<PathBuf> {
    let spool = std::path::PathBuf::from(app.settings.environment.optional("JOB_SPOOL").unwrap());
    let queues = WORKERS.iter().filter_map(|worker| std::fs::read_dir(spool.join(worker.queue.name)).ok());
    let mut files: Vec<_> = queues.flatten().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| std::fs::read_to_string(file).is_ok_and(|job| !tests::is_notice(&job)));
    files.sort();
    files
}

async fn assert_alive(app: &TestApp, user: &Client) {
    assert_eq!(user.get(ME).await.status, 200);
    assert_eq!(refresh(user).await.status, 200);
    assert_eq!(app.sign_in(&user.username).await.id, user.id);
}

#[tokio::test]
async fn a_wrong_password_erases_nothing() {
    let app = TestApp::init().await;
    let user = app.user().await;
    assert_eq!(fields(&erase(&user, "wrong-password").await), ["password"]);
    assert_eq!(fields(&user.post("/v1/users/me/erase", json!({})).await), ["password"]);
    assert!(spooled(&app).is_empty(), "no job is queued");
    assert_alive(&app, &user).await;
}

#[tokio::test]
async fn an_erased_account_is_dead_at_once() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let (elsewhere, bystander) = (app.sign_in(&user.username).await, app.user().await);
    let process = app.second_process().anon_like(&elsewhere);
    assert_eq!(process.get(ME).await.status, 200);
    begin(&user).await;
    assert_dead(&app, &user).await;
    assert_dead(&app, &elsewhere).await;
    assert!(process.get(ME).await.is(401, "token_invalid"));
    assert_alive(&app, &bystander).await;
}

#[tokio::test]
async fn nothing_of_it_is_left_and_its_names_are_free() {
    let app = TestApp::init().await;
    let (user, bystander) = (owned(&app, 3).await, owned(&app, 3).await);
    let elsewhere = app.sign_in(&user.username).await;
    let others = remains(&app, &bystander).await;
    begin(&elsewhere).await;
    assert_eq!(remains(&app, &user).await.iter().filter(|(table, _)| *table == "sessions").count(), 5);

    // The job is held back until the request has certainly ended.
    assert_eq!(app.handle_jobs().await, 0);
    app.clock.advance_millis(9_999);
    assert_eq!(app.handle_jobs().await, 0);
    assert_eq!(spooled(&app).len(), 1, "the job stays");
    assert!(!remains(&app, &user).await.is_empty());
    app.clock.advance_millis(1);
    assert_eq!(app.handle_jobs().await, 1);

    assert_eq!(remains(&app, &user).await, []);
    assert!(spooled(&app).is_empty());
    assert_eq!(remains(&app, &bystander).await, others, "others' data is untouched");
    assert_alive(&app, &bystander).await;
    assert_dead(&app, &user).await;
    let again =
        json!({ "username": user.username, "email": format!("{}@example.com", user.username), "password": PASSWORD });
    let created = app.anon().post("/v1/users", again).await;
    assert_eq!(created.status, 201, "{}", created.body);
    assert_ne!(created.json()["id"], user.id.to_string());
}

#[tokio::test]
async fn a_superuser_cannot_be_erased() {
    let app = TestApp::init().await;
    let superuser = app.superuser().await;
    assert!(erase(&superuser, PASSWORD).await.is(409, "superuser_account"));
    seconds(&app, 10);
    app.handle_jobs().await;
    assert_alive(&app, &superuser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_promoted_during_the_request_is_not_erased() {
    let app = TestApp::init().await;
    let user = app.user().await;
    set_just_before(&app, "UpdateItem", user.id, "is_superuser", true);
    assert!(erase(&user, PASSWORD).await.is(409, "superuser_account"));
    app.dynamo.heal();
    assert!(flag(&app, user.id, "is_superuser").await, "promoted after the account was read");
    seconds(&app, 10);
    assert_eq!(app.handle_jobs().await, 1, "the job was queued already, and found nothing to do");
    assert_alive(&app, &user).await;
}

#[tokio::test]
async fn five_tries_a_minute() {
    let app = TestApp::init().await;
    let user = app.user().await;
    // The fifth wrong password in a row would end a session, so there are two.
    let again = app.sign_in(&user.username).await;
    for at in 0..5 {
        // The limit counts the user, not the address or the session.
        let session = if at < 3 { &user } else { &again };
        let response = erase(&session.at(&format!("192.0.2.{at}")), "wrong-password").await;
        assert_eq!(fields(&response), ["password"]);
    }
    let refused = erase(&user.at("192.0.2.9"), PASSWORD).await;
    assert!(refused.is(429, "rate_limited"), "{}", refused.body);
    assert_eq!(refused.header("retry-after"), "12");
    seconds(&app, 12);
    begin(&user.at("192.0.2.9")).await;
}

#[tokio::test]
async fn a_request_that_failed_after_it_had_queued_the_job_erases_nothing() {
    let app = TestApp::init().await;
    let user = owned(&app, 2).await;
    let before = remains(&app, &user).await;
    app.dynamo.fault(|call| call.is("UpdateItem", "users").then_some(Fault::Refuse("AccessDeniedException")));
    assert!(erase(&user, PASSWORD).await.is(500, "internal"));
    app.dynamo.heal();
    assert_eq!(spooled(&app).len(), 1, "the job is queued first");
    seconds(&app, 10);
    assert_eq!(app.handle_jobs().await, 1, "the job finds no mark, and ends");
    assert_eq!(remains(&app, &user).await, before);
    assert_alive(&app, &user).await;
}

#[tokio::test]
async fn without_its_job_no_account_is_marked() {
    let app = TestApp::init().await;
    let user = app.user().await;
    // A file in place of the spool's directory: no job can be queued.
    let spool = app.seed_file.with_file_name("jobs");
    std::fs::remove_dir_all(&spool).unwrap();
    std::fs::write(&spool, "").unwrap();
    assert!(erase(&user, PASSWORD).await.is(503, "unavailable"));
    std::fs::remove_file(&spool).unwrap();
    assert_alive(&app, &user).await;
}
