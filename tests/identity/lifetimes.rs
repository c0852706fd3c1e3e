//! The lifetime of sessions.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use tests::{Client, TestApp};

use crate::{SESSIONS, assert_alive, assert_dead, assert_refused, is_let_in, refresh, refreshed};

const SECOND: SignedDuration = SignedDuration::from_secs(1);

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// The end of the caller's session, as the list of sessions shows it.
async fn ends(caller: &Client) -> Timestamp {
    caller.get(SESSIONS).await.json()[0]["expires_at"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_session_that_is_not_used_ends_after_fourteen_days() {
    let app = TestApp::init().await;
    let (used, idle) = (app.user().await, app.user().await);
    app.clock.advance(days(14) - SECOND);
    let used = assert_refreshable(&used).await;
    app.clock.advance(SECOND);
    assert_refused(&refresh(&idle, &idle.refresh_token).await);
    assert!(idle.get(SESSIONS).await.is(401, "token_expired"));
    // The session lives fourteen more days from its last use.
    app.clock.advance(days(14) - SECOND - SECOND);
    assert_refreshable(&used).await;
}

async fn assert_refreshable(caller: &Client) -> Client {
    let next = refreshed(caller).await;
    assert!(is_let_in(&next).await);
    next
}

#[tokio::test]
async fn a_session_ends_after_thirty_days_however_often_it_is_used() {
    let app = TestApp::init().await;
    let begun = auth::Clock::now(&*app.clock);
    let mut user = app.user().await;
    assert_eq!(ends(&user).await.duration_since(begun), days(14));
    for day in [10, 20] {
        app.clock.advance(days(10));
        user = assert_refreshable(&user).await;
        assert_eq!(ends(&user).await.duration_since(begun), days((day + 14).min(30)));
    }
    app.clock.advance(days(10) - SECOND);
    user = assert_refreshable(&user).await;
    app.clock.advance(SECOND);
    // The access token has not expired, but the session has.
    assert_dead(&user).await;
    assert_alive(&app.sign_in(&user.username).await).await;
}

#[tokio::test]
async fn a_session_whose_time_has_passed_counts_as_absent() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let elsewhere = app.sign_in(&user.username).await;
    let now = auth::Clock::now(&*app.clock).as_second();
    let id = user.refresh_token.split('.').next().unwrap();
    let expires = |at: i64| AttributeValue::N(at.to_string());
    app.set("sessions", ("id", id), "expires_at", expires(now + 1)).await;
    assert!(is_let_in(&user).await);
    app.set("sessions", ("id", id), "expires_at", expires(now)).await;
    assert_eq!(app.items("sessions").await.len(), 2);
    assert_dead(&user).await;
    let listed = elsewhere.get(SESSIONS).await.json();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    app.clock.advance_millis(1);
    let response = elsewhere.delete(&format!("{SESSIONS}/{id}")).await;
    assert_eq!(response.status, 204, "{}", response.body);
    assert!(response.events().iter().all(|event| event["event"] != "session_revoked"), "nothing ended");
    assert_alive(&elsewhere).await;
}
