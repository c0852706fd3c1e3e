//! `POST /v1/users/me/password`: users change their password.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Client, Fault, PASSWORD, Response, TestApp};
use tokio::task::JoinSet;

use crate::{CHANGE, ME, NEW, assert_alive, assert_dead, fields, is_let_in, signs_in};

fn change_to(new: &str) -> Value {
    json!({ "current_password": PASSWORD, "new_password": new })
}

async fn change(caller: &Client, current: &str, new: &str) -> Response {
    caller.post(CHANGE, json!({ "current_password": current, "new_password": new })).await
}

#[tokio::test]
async fn a_change_ends_every_other_session_and_the_old_password() {
    let app = TestApp::init().await;
    let (user, somebody) = (app.user().await, app.user().await);
    let others = [app.sign_in(&user.username).await, app.sign_in(&user.username).await];
    let response = change(&user, PASSWORD, NEW).await;
    assert_eq!((response.status, response.body.as_str()), (204, ""));
    let user = assert_alive(&user).await;
    for other in &others {
        assert_dead(other).await;
    }
    assert!(!signs_in(&app, &user.username, PASSWORD).await);
    assert!(signs_in(&app, &user.username, NEW).await);
    assert!(signs_in(&app, &somebody.username, PASSWORD).await);
    assert_alive(&somebody).await;
    // The password can be changed again, and the session in use lives on.
    assert_eq!(change(&user, NEW, PASSWORD).await.status, 204);
    assert_alive(&user).await;
}

#[tokio::test]
async fn a_wrong_current_password_changes_nothing() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let other = app.sign_in(&user.username).await;
    let before = app.items("users").await;
    for wrong in [NEW, &PASSWORD.to_uppercase(), &format!(" {PASSWORD}"), &format!("{PASSWORD}\0")] {
        assert_eq!(fields(&change(&user, wrong, NEW).await), ["current_password"], "{wrong:?}");
    }
    assert_eq!(app.items("users").await, before);
    assert_alive(&user).await;
    assert_alive(&other).await;
    assert!(signs_in(&app, &user.username, PASSWORD).await);
}

#[tokio::test]
async fn somebody_elses_password_is_wrong() {
    let app = TestApp::init().await;
    let (user, somebody) = (app.user().await, app.user().await);
    assert_eq!(change(&somebody, PASSWORD, NEW).await.status, 204);
    assert_eq!(fields(&change(&user, NEW, "twelve-golden-kettles").await), ["current_password"]);
}

#[tokio::test]
async fn a_new_password_must_be_long_enough_short_enough_and_hard_to_guess() {
    let app = TestApp::init().await;
    // Hard to guess without the user's name.
    let name = "grzegorz.brzeczyszczykiewicz";
    app.create_user(name, "someone@example.com", auth::Roles::default()).await;
    let user = app.sign_in(name).await;
    let before = app.items("users").await;
    let long = format!("{}9", "seven-otters-".repeat(10));
    let longest = &long[..129];
    for weak in ["password1", "h7!kQ2", "", name, &name.to_uppercase(), longest, &long.repeat(2)] {
        app.clock.advance(SignedDuration::from_secs(12));
        assert_eq!(fields(&change(&user, PASSWORD, weak).await), ["new_password"], "{weak}");
    }
    assert_eq!(app.items("users").await, before);
    app.clock.advance(SignedDuration::from_secs(12));
    assert_eq!(change(&user, PASSWORD, &long[..128]).await.status, 204);
    assert!(signs_in(&app, name, &long[..128]).await);
    // Another user's name is an ordinary password.
    let other = app.user().await;
    assert_eq!(change(&other, PASSWORD, name).await.status, 204);
}

#[tokio::test]
async fn a_user_tries_five_times_a_minute_wherever_they_are() {
    let app = TestApp::init().await;
    let (user, other) = (app.user().await, app.user().await);
    for _ in 0..4 {
        assert_eq!(change(&user, "wrong", NEW).await.status, 422);
    }
    // The fifth one in a row would end the session, so it is one of another session.
    let again = app.sign_in(&user.username).await.at("203.0.113.7");
    assert_eq!(change(&again, "wrong", NEW).await.status, 422);
    let response = change(&again, PASSWORD, NEW).await;
    assert!(response.is(429, "rate_limited"), "{} {}", response.status, response.body);
    let seconds: i64 = response.header("retry-after").parse().unwrap();
    assert!(signs_in(&app, &user.username, PASSWORD).await);
    assert_eq!(change(&other, "wrong", NEW).await.status, 422);
    app.clock.advance(SignedDuration::from_secs(seconds));
    assert_eq!(change(&again, PASSWORD, NEW).await.status, 204);
}

#[tokio::test]
async fn strangers_at_a_shared_address_lock_out_none_of_its_users() {
    let app = TestApp::init().await;
    let user = app.user().await.at("203.0.113.8");
    let stranger = app.anon().at("203.0.113.8");
    for _ in 0..15 {
        assert!(change(&stranger, "wrong", NEW).await.is(403, "token_missing"));
        let erase = stranger.post("/v1/users/me/erase", json!({ "password": "wrong" })).await;
        assert!(erase.is(403, "token_missing"), "{}", erase.body);
        assert!(stranger.patch(ME, json!({ "first_name": "x" })).await.is(403, "token_missing"));
    }
    assert_eq!(user.patch(ME, json!({ "first_name": "Ada" })).await.status, 200);
    assert_eq!(change(&user, PASSWORD, NEW).await.status, 204);
    assert_eq!(user.post("/v1/users/me/erase", json!({ "password": NEW })).await.status, 202);
}

#[tokio::test]
async fn a_change_needs_a_token_and_both_passwords() {
    let app = TestApp::init().await;
    let user = app.user().await;
    assert!(app.anon().post(CHANGE, change_to(NEW)).await.is(403, "token_missing"));
    let response = user.with_token(user.refresh_token.clone()).post(CHANGE, change_to(NEW)).await;
    assert!(response.is(401, "token_invalid"), "{}", response.body);
    for (body, wrong) in [
        (json!({ "new_password": NEW }), vec!["current_password"]),
        (json!({ "current_password": PASSWORD }), vec!["new_password"]),
        (json!({}), vec!["current_password", "new_password"]),
        (json!({ "current_password": PASSWORD, "new_password": NEW, "username": "x" }), vec!["username"]),
        (json!({ "current_password": PASSWORD, "new_password": [NEW] }), vec!["new_password"]),
    ] {
        app.clock.advance(SignedDuration::from_secs(12));
        assert_eq!(fields(&user.post(CHANGE, body).await), wrong);
    }
    assert!(signs_in(&app, &user.username, PASSWORD).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_changes_at_once_one_succeeds() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let other = app.sign_in(&user.username).await;
    let mut all = JoinSet::new();
    for (caller, new) in [(user, NEW), (other, "twelve-golden-kettles")] {
        all.spawn(async move { (change(&caller, PASSWORD, new).await.status, caller, new) });
    }
    let mut responses = all.join_all().await;
    responses.sort_by_key(|response| response.0);
    let [(204, winner, password), (401, loser, lost)] = &responses[..] else {
        panic!("{:?}", responses.iter().map(|response| response.0).collect::<Vec<_>>())
    };
    assert!(is_let_in(winner).await);
    assert_dead(loser).await;
    assert!(signs_in(&app, &winner.username, password).await);
    assert!(!signs_in(&app, &winner.username, lost).await);
    assert!(!signs_in(&app, &winner.username, PASSWORD).await);
}

#[tokio::test]
async fn a_change_whose_response_is_lost_on_the_way_is_done_once() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let mut done = false;
    app.dynamo.fault(move |call| {
        let first = call.is("UpdateItem", "users") && !std::mem::replace(&mut done, true);
        first.then_some(Fault::LoseResponse)
    });
    assert_eq!(change(&user, PASSWORD, NEW).await.status, 204);
    assert_alive(&user).await;
    assert!(signs_in(&app, &user.username, NEW).await);
}
