//! `DELETE /v1/auth/sessions` and `DELETE /v1/auth/sessions/{session_id}`: signing out.

use serde_json::json;
use tests::{Client, Fault, Response, TestApp};

use crate::{ME, SESSIONS, assert_alive, assert_dead, refresh};

fn path(caller: &Client) -> String {
    format!("{SESSIONS}/{}", caller.refresh_token.split('.').next().unwrap())
}

/// Asserts that a deletion succeeded, and that no session ended.
#[track_caller]
fn assert_nothing_ended(response: &Response) {
    assert_eq!((response.status, response.body.as_str()), (204, ""));
    assert!(response.events().iter().all(|event| event["event"] != "session_revoked"), "{:?}", response.events());
}

#[tokio::test]
async fn a_user_ends_one_session_and_no_other() {
    let app = TestApp::init().await;
    let (user, somebody) = (app.user().await, app.user().await);
    let (lost, third) = (app.sign_in(&user.username).await, app.sign_in(&user.username).await);
    let response = user.delete(&path(&lost)).await;
    assert_eq!((response.status, response.body.as_str()), (204, ""));
    assert_dead(&lost).await;
    for caller in [&user, &third, &somebody] {
        assert_alive(caller).await;
    }
    app.clock.advance_millis(1);
    assert_nothing_ended(&user.delete(&path(&lost)).await);
    assert_alive(&app.sign_in(&user.username).await).await;
}

#[tokio::test]
async fn a_user_ends_the_session_in_use() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let other = app.sign_in(&user.username).await;
    assert_eq!(user.delete(&path(&user)).await.status, 204);
    assert!(user.delete(&path(&user)).await.is(401, "token_invalid"));
    assert_dead(&user).await;
    assert_alive(&other).await;
}

#[tokio::test]
async fn nobody_ends_somebody_elses_session() {
    let app = TestApp::init().await;
    let (user, victim) = (app.user().await, app.user().await);
    // Staff and superusers can't end them either.
    for caller in [user, app.staff().await, app.superuser().await] {
        assert_nothing_ended(&caller.delete(&path(&victim)).await);
    }
    assert_alive(&victim).await;
}

#[tokio::test]
async fn an_id_of_no_session_of_the_user_ends_nothing() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let id = path(&user).rsplit('/').next().unwrap().to_owned();
    let (simple, braced) = (id.replace('-', ""), format!("%7B{id}%7D"));
    let unknown = format!("{}0", &id[..35]);
    let unknown = if unknown == id { format!("{}1", &id[..35]) } else { unknown };
    let long = "x".repeat(2_049);
    let odd = [&unknown, &simple, &braced, &long, "garbage", "%20", "%00", "a%2Fb", "..%2F", &user.id.to_string()]
        .map(str::to_owned);
    for id in odd {
        assert_nothing_ended(&user.delete(&format!("{SESSIONS}/{id}")).await);
    }
    assert_eq!(app.items("sessions").await.len(), 1, "an unknown session creates no item");
    assert_alive(&user).await;
}

#[tokio::test]
async fn a_session_of_an_older_epoch_is_not_ended_again() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let dead = app.sign_in(&user.username).await;
    assert_eq!(user.delete(SESSIONS).await.status, 204);
    let again = app.sign_in(&user.username).await;
    assert_nothing_ended(&again.delete(&path(&dead)).await);
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session_of_the_user() {
    let app = TestApp::init().await;
    let (user, somebody) = (app.user().await, app.user().await);
    let other = app.sign_in(&user.username).await;
    let response = user.delete(SESSIONS).await;
    assert_eq!((response.status, response.body.as_str()), (204, ""));
    assert_dead(&user).await;
    assert_dead(&other).await;
    assert_alive(&somebody).await;
    assert_alive(&app.sign_in(&user.username).await).await;
    assert_dead(&user).await;
}

#[tokio::test]
async fn ending_sessions_needs_a_token() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let anon = app.anon();
    for path in [SESSIONS, &path(&user)] {
        assert!(anon.delete(path).await.is(403, "token_missing"));
    }
    assert!(anon.get(SESSIONS).await.is(403, "token_missing"));
    // A refresh token is not an access token.
    assert!(user.with_token(user.refresh_token.clone()).delete(SESSIONS).await.is(401, "token_invalid"));
    assert_alive(&user).await;
}

#[tokio::test]
async fn a_lost_response_still_ends_the_session() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let lost = app.sign_in(&user.username).await;
    let mut done = false;
    app.dynamo.fault(move |call| {
        let first = call.is("UpdateItem", "sessions") && !std::mem::replace(&mut done, true);
        first.then_some(Fault::LoseResponse)
    });
    assert_eq!(user.delete(&path(&lost)).await.status, 204);
    assert_dead(&lost).await;
    assert_alive(&user).await;
}

#[tokio::test]
async fn a_session_that_cannot_be_ended_is_not_said_to_be() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let writes = |call: &tests::Call| call.is("UpdateItem", "sessions") || call.is("UpdateItem", "users");
    app.dynamo.fault(move |call| writes(call).then_some(Fault::Refuse("ThrottlingException")));
    for path in [SESSIONS, &path(&user)] {
        let response = user.delete(path).await;
        assert!(response.is(503, "unavailable"), "{} {}", response.status, response.body);
    }
    app.dynamo.heal();
    assert_eq!(user.get(ME).await.json()["username"], json!(user.username));
    assert_eq!(refresh(&user, &user.refresh_token).await.status, 200);
}
