//! Writes that arrive late, cross each other, or whose responses are lost.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Client, Fault, PASSWORD, Response, TestApp};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::{
    CHANGE, NEW, SESSIONS, assert_alive, assert_dead, assert_refused, confirm, email_of, refresh, refreshed,
    reset_token, sign_in, with_tokens,
};

/// Longer than an attempt and a pause, so that the second attempt comes first.
const LATE: Duration = Duration::from_millis(1_600);

/// Holds the first attempt of `operation` on `table`.
fn hold_first(app: &TestApp, operation: &'static str, table: &'static str) {
    let mut held = false;
    app.dynamo.fault(move |call| {
        let first = call.is(operation, table) && !std::mem::replace(&mut held, true);
        first.then_some(Fault::Late(LATE))
    });
}

/// Loses every response to `operation` on `table`.
fn lose_all(app: &TestApp, operation: &'static str, table: &'static str) {
    app.dynamo.fault(move |call| call.is(operation, table).then_some(Fault::LoseResponse));
}

/// The outcomes of the response's events with this name.
fn outcomes(response: &Response, event: &str) -> Vec<Value> {
    let events = response.events();
    events.iter().filter(|line| line["event"] == event).map(|line| line["outcome"].clone()).collect()
}

#[track_caller]
fn assert_unknown(response: &Response, event: &str) {
    assert!(response.is(503, "unavailable"), "{} {}", response.status, response.body);
    assert_eq!(outcomes(response, event), ["unknown"], "{event}");
}

fn change() -> Value {
    json!({ "current_password": PASSWORD, "new_password": NEW })
}

async fn session_row(app: &TestApp, caller: &Client) -> std::collections::HashMap<String, AttributeValue> {
    let id = caller.refresh_token.split('.').next().unwrap();
    app.items("sessions").await.into_iter().find(|item| item["id"].as_s().unwrap() == id).unwrap()
}

#[tokio::test]
async fn a_sign_in_that_arrives_after_the_sign_out_revives_nothing() {
    let app = TestApp::init().await;
    let user = app.user().await;
    hold_first(&app, "PutItem", "sessions");
    let caller = with_tokens(&app.anon(), &sign_in(&app, &user.username, PASSWORD).await);
    let body = json!({ "refresh_token": caller.refresh_token });
    assert_eq!(caller.post("/v1/auth/token/revoke", body).await.status, 204);
    app.dynamo.arrivals().await;
    assert_dead(&caller).await;
}

#[tokio::test]
async fn a_sign_out_everywhere_that_arrives_late_ends_no_later_session() {
    let app = TestApp::init().await;
    let user = app.user().await;
    hold_first(&app, "UpdateItem", "users");
    assert_eq!(user.delete(SESSIONS).await.status, 204);
    let later = app.sign_in(&user.username).await;
    app.dynamo.arrivals().await;
    assert_dead(&user).await;
    assert_alive(&later).await;
}

#[tokio::test]
async fn a_sign_out_everywhere_ends_the_session_that_a_password_change_kept() {
    let app = TestApp::init().await;
    let user = app.user().await;
    assert_eq!(user.post(CHANGE, change()).await.status, 204);
    // The second sign-out finds a raised epoch.
    let (first, second) = tokio::join!(user.delete(SESSIONS), user.delete(SESSIONS));
    assert!([first.status, second.status].contains(&204), "{first:?} {second:?}");
    assert_dead(&user).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_out_everywhere_ends_the_session_of_a_thief_who_changes_the_password_meanwhile() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let thief = app.sign_in(&user.username).await;
    // The thief's change comes between the check of the owner's call and its write.
    let (id, session) = (user.id.to_string(), thief.refresh_token.split('.').next().unwrap().to_owned());
    let update = app.database.update_item().table_name(format!("{}users", app.prefix));
    let one = AttributeValue::N("1".to_owned());
    let change = update
        .key("id", AttributeValue::S(id))
        .update_expression("SET #epoch = :one, #kept_epoch = :one, #kept_session = :session")
        .expression_attribute_names("#epoch", "epoch")
        .expression_attribute_names("#kept_epoch", "kept_epoch")
        .expression_attribute_names("#kept_session", "kept_session")
        .expression_attribute_values(":one", one)
        .expression_attribute_values(":session", AttributeValue::S(session));
    let mut changes = Some(change);
    app.dynamo.fault(move |call| {
        if let Some(change) = call.is("UpdateItem", "users").then(|| changes.take()).flatten() {
            block_in_place(|| _ = Handle::current().block_on(change.send()).unwrap());
        }
        None
    });
    assert_eq!(user.delete(SESSIONS).await.status, 204);
    assert_dead(&thief).await;
    assert_dead(&user).await;
}

/// The caller's session row is one epoch behind, as after a password change whose second write failed.
async fn behind() -> (TestApp, Client) {
    let app = TestApp::init().await;
    let user = app.user().await;
    assert_eq!(user.post(CHANGE, change()).await.status, 204);
    let id = user.refresh_token.split('.').next().unwrap();
    app.set("sessions", ("id", id), "epoch", AttributeValue::N("0".to_owned())).await;
    (app, user)
}

#[tokio::test]
async fn a_kept_session_of_the_epoch_before_is_listed_and_can_be_ended() {
    let (app, user) = behind().await;
    let listed = user.get(SESSIONS).await.json();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    let other = with_tokens(&app.anon(), &sign_in(&app, &user.username, NEW).await);
    let path = format!("{SESSIONS}/{}", user.refresh_token.split('.').next().unwrap());
    assert_eq!(other.delete(&path).await.status, 204);
    assert_dead(&user).await;
    assert_alive(&other).await;
}

#[tokio::test]
async fn a_kept_session_of_the_epoch_before_survives_another_change() {
    let (app, user) = behind().await;
    app.dynamo.fault(|call| {
        let is_second = call.is("UpdateItem", "sessions") && call.body.to_string().contains("\"2\"");
        is_second.then_some(Fault::Refuse("AccessDeniedException"))
    });
    let again = json!({ "current_password": NEW, "new_password": PASSWORD });
    assert_eq!(user.post(CHANGE, again).await.status, 204);
    app.dynamo.heal();
    assert_alive(&user).await;
}

#[tokio::test]
async fn a_refresh_never_lowers_the_epoch() {
    let (app, user) = behind().await;
    let next = refreshed(&user).await;
    assert_eq!(session_row(&app, &next).await["epoch"].as_n().unwrap(), "1");
    // As if the refresh had read the account before a change that moved the row.
    let id = next.refresh_token.split('.').next().unwrap();
    app.set("sessions", ("id", id), "epoch", AttributeValue::N("2".to_owned())).await;
    assert_refused(&refresh(&next, &next.refresh_token).await);
    assert_eq!(session_row(&app, &next).await["epoch"].as_n().unwrap(), "2");
}

#[tokio::test]
async fn a_reuse_is_logged_whatever_becomes_of_the_write() {
    let app = TestApp::init().await;
    for fault in [Fault::LoseResponse, Fault::Refuse("ThrottlingException")] {
        let user = app.user().await;
        let thief = refreshed(&refreshed(&user).await).await;
        app.dynamo.fault(move |call| call.is("UpdateItem", "sessions").then_some(fault.clone()));
        let response = refresh(&user, &user.refresh_token).await;
        app.dynamo.heal();
        assert!(response.is(503, "unavailable"), "{} {}", response.status, response.body);
        assert_eq!(outcomes(&response, "refresh_reused").len(), 1);
        assert_refused(&refresh(&user, &user.refresh_token).await);
        assert_dead(&thief).await;
    }
}

#[tokio::test]
async fn a_sign_in_without_a_confirmed_write_leaves_no_living_session() {
    let app = TestApp::init().await;
    let user = app.user().await;
    for late in [false, true] {
        app.dynamo.fault(move |call| {
            let fault = if late { Fault::Late(LATE) } else { Fault::LoseResponse };
            call.is("PutItem", "sessions").then_some(fault)
        });
        assert_unknown(&sign_in(&app, &user.username, PASSWORD).await, "sign_in_succeeded");
        app.dynamo.heal();
        app.dynamo.arrivals().await;
        let listed = user.get(SESSIONS).await.json();
        assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    }
    let ended = app.items("sessions").await.iter().filter(|item| item.contains_key("revoked_at")).count();
    assert_eq!(ended, 2, "the unconfirmed sessions");
}

#[tokio::test]
async fn a_repeat_recognizes_the_password_change_that_was_made() {
    let app = TestApp::init().await;
    let user = app.user().await;
    lose_all(&app, "UpdateItem", "users");
    assert_unknown(&user.post(CHANGE, change()).await, "password_changed");
    app.dynamo.heal();
    assert_eq!(user.post(CHANGE, change()).await.status, 204);
    let other = json!({ "current_password": PASSWORD, "new_password": "nine-patient-herons" });
    assert!(user.post(CHANGE, other).await.is(422, "validation_failed"), "another change is not a repeat");
    app.clock.advance(SignedDuration::from_secs(121));
    assert!(user.post(CHANGE, change()).await.is(422, "validation_failed"), "too late for a repeat");
    assert_eq!(sign_in(&app, &user.username, NEW).await.status, 200);
    assert_alive(&user).await;
}

#[tokio::test]
async fn a_repeat_recognizes_the_reset_that_was_made() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let token = reset_token(&app, &email_of(&user)).await;
    lose_all(&app, "UpdateItem", "users");
    assert_unknown(&confirm(&app, &token, NEW).await, "password_changed");
    app.dynamo.heal();
    assert_eq!(confirm(&app, &token, NEW).await.status, 204);
    assert!(confirm(&app, &token, "nine-patient-herons").await.is(422, "validation_failed"));
    app.clock.advance(SignedDuration::from_secs(121));
    assert!(confirm(&app, &token, NEW).await.is(422, "validation_failed"), "too late for a repeat");
    assert_eq!(sign_in(&app, &user.username, NEW).await.status, 200);
}

#[tokio::test]
async fn a_used_reset_token_says_nothing_once_all_sessions_ended_again() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let token = reset_token(&app, &email_of(&user)).await;
    assert_eq!(confirm(&app, &token, NEW).await.status, 204);
    let caller = with_tokens(&app.anon(), &sign_in(&app, &user.username, NEW).await);
    assert_eq!(caller.delete(SESSIONS).await.status, 204);
    assert!(confirm(&app, &token, NEW).await.is(422, "validation_failed"));
}

#[tokio::test]
async fn somebody_who_knows_a_sessions_id_uses_up_nothing_of_its_owners_limit() {
    let app = TestApp::init().await;
    let (user, other) = (app.user().await, app.user().await);
    let (id, rest) = (user.refresh_token.split('.').next().unwrap(), other.refresh_token.split_once('.').unwrap().1);
    for _ in 0..40 {
        let response = refresh(&app.anon(), &format!("{id}.{rest}")).await;
        assert!([401, 429].contains(&response.status), "{} {}", response.status, response.body);
    }
    assert_alive(&user).await;
}
