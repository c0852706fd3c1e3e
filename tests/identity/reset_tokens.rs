//! `POST /v1/auth/password-reset/confirm`: the use and the lifetime of mailed tokens.

use auth::UserId;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use serde_json::json;
use tests::{Client, Fault, PASSWORD, Response, TestApp};
use tokio::task::JoinSet;

use crate::{
    CHANGE, CONFIRM, NEW, SESSIONS, assert_alive, assert_dead, confirm, email_of, fields, patch_me, reset_token,
    signed_up, signs_in, verify,
};

/// A user, and a mailed token to set a new password.
async fn user_with_token(app: &TestApp) -> (Client, String) {
    let user = app.user().await;
    let token = reset_token(app, &email_of(&user)).await;
    (user, token)
}

/// Asserts that the token is refused, and that the new password was not set.
async fn assert_void(app: &TestApp, user: &Client, token: &str) {
    assert_eq!(fields(&confirm(app, token, NEW).await), ["token"]);
    assert!(!signs_in(app, &user.username, NEW).await);
}

fn assert_done(response: &Response) {
    assert_eq!((response.status, response.body.as_str()), (204, ""));
}

#[tokio::test]
async fn a_reset_ends_every_session_and_works_once() {
    let app = TestApp::init().await;
    let (user, token) = user_with_token(&app).await;
    let (other, somebody) = (app.sign_in(&user.username).await, app.user().await);
    assert_done(&confirm(&app, &token, NEW).await);
    assert_dead(&user).await;
    assert_dead(&other).await;
    assert_alive(&somebody).await;
    assert!(!signs_in(&app, &user.username, PASSWORD).await);
    assert!(signs_in(&app, &user.username, NEW).await);
    assert_eq!(fields(&confirm(&app, &token, "twelve-golden-kettles").await), ["token"]);
    assert!(signs_in(&app, &user.username, NEW).await);
}

#[tokio::test]
async fn a_token_works_for_thirty_minutes() {
    let app = TestApp::init().await;
    let (in_time, early) = user_with_token(&app).await;
    app.clock.advance(SignedDuration::from_secs(29 * 60 + 59));
    assert_done(&confirm(&app, &early, NEW).await);
    assert!(signs_in(&app, &in_time.username, NEW).await);
    let (late, token) = user_with_token(&app).await;
    app.clock.advance(SignedDuration::from_mins(30));
    assert_eq!(app.items("mail_tokens").await.len(), 2, "still there");
    assert_void(&app, &late, &token).await;
}

#[tokio::test]
async fn a_token_is_void_after_a_password_change() {
    let app = TestApp::init().await;
    let (user, token) = user_with_token(&app).await;
    let body = json!({ "current_password": PASSWORD, "new_password": "twelve-golden-kettles" });
    assert_done(&user.post(CHANGE, body).await);
    assert_void(&app, &user, &token).await;
    assert!(signs_in(&app, &user.username, "twelve-golden-kettles").await);
}

#[tokio::test]
async fn one_token_used_makes_the_others_void() {
    let app = TestApp::init().await;
    let (user, first) = user_with_token(&app).await;
    let second = reset_token(&app, &email_of(&user)).await;
    assert_done(&confirm(&app, &first, "twelve-golden-kettles").await);
    assert_void(&app, &user, &second).await;
}

/// Asks for another email, and verifies it.
async fn change_email(app: &TestApp, user: &Client, email: &str) {
    let response = patch_me(app, user, json!({ "email": email, "current_password": PASSWORD })).await;
    assert_eq!(response.status, 200, "{}", response.body);
    let token = app.mailed_token(email).await;
    assert_eq!(verify(app, &token).await.status, 204);
}

#[tokio::test]
async fn a_token_is_void_after_an_email_change() {
    let app = TestApp::init().await;
    let (user, token) = user_with_token(&app).await;
    change_email(&app, &user, "new@example.com").await;
    assert_void(&app, &user, &token).await;
}

#[tokio::test]
async fn a_token_is_void_after_an_email_change_and_back() {
    let app = TestApp::init().await;
    let (user, token) = user_with_token(&app).await;
    change_email(&app, &user, "new@example.com").await;
    change_email(&app, &user, &email_of(&user)).await;
    assert_void(&app, &user, &token).await;
}

#[tokio::test]
async fn a_token_of_a_deactivated_user_is_void_for_good() {
    let app = TestApp::init().await;
    let superuser = app.superuser().await;
    let (user, token) = user_with_token(&app).await;
    let path = format!("/v1/users/{}", user.id);
    assert_eq!(superuser.patch(&path, json!({ "is_active": false })).await.status, 200);
    assert_void(&app, &user, &token).await;
    assert_eq!(superuser.patch(&path, json!({ "is_active": true })).await.status, 200);
    assert_void(&app, &user, &token).await;
    assert!(signs_in(&app, &user.username, PASSWORD).await);
}

#[tokio::test]
async fn a_weak_password_does_not_use_the_token_up() {
    let app = TestApp::init().await;
    let name = "grzegorz.brzeczyszczykiewicz";
    app.create_user(name, "someone@example.com", auth::Roles::default()).await;
    let token = reset_token(&app, "someone@example.com").await;
    for weak in ["password1", "h7!kQ2", "", name, &"seven-otters-".repeat(10)] {
        assert_eq!(fields(&confirm(&app, &token, weak).await), ["new_password"], "{weak}");
    }
    assert!(signs_in(&app, name, PASSWORD).await);
    assert_done(&confirm(&app, &token, NEW).await);
    assert!(signs_in(&app, name, NEW).await);
}

#[tokio::test]
async fn nothing_but_the_token_itself_will_do() {
    let app = TestApp::init().await;
    let (user, token) = user_with_token(&app).await;
    let (other, others) = user_with_token(&app).await;
    let (id, secret) = token.split_once('.').unwrap();
    let nobody = UserId::nobody();
    let odd = [
        String::new(),
        "garbage".to_owned(),
        format!("{}.{secret}", other.id),
        format!("{id}.{}", others.split_once('.').unwrap().1),
        format!("{nobody}.{secret}"),
        format!("{id}.{}", "A".repeat(43)),
        format!("{id}."),
        format!(".{secret}"),
        format!("{token}="),
        format!("{token} "),
        format!("{token}.x"),
        format!("{}.{secret}", id.replace('-', "")),
        user.token.clone().unwrap(),
        user.refresh_token.clone(),
        "x".repeat(10_000),
    ];
    for odd in odd {
        assert_eq!(fields(&confirm(&app, &odd, NEW).await), ["token"], "{odd}");
    }
    for body in [json!({ "new_password": NEW }), json!({ "token": 7, "new_password": NEW })] {
        assert_eq!(fields(&app.anon().post(CONFIRM, body).await), ["token"]);
    }
    assert!(signs_in(&app, &user.username, PASSWORD).await && signs_in(&app, &other.username, PASSWORD).await);
    assert_done(&confirm(&app, &token, NEW).await);
}

#[tokio::test]
async fn tokens_of_one_purpose_are_not_good_for_the_other() {
    let app = TestApp::init().await;
    let new = signed_up(&app, "new", "new@example.com").await;
    let verification = app.mailed_token("new@example.com").await;
    assert_void(&app, &new, &verification).await;
    let (_, reset) = user_with_token(&app).await;
    assert_eq!(fields(&verify(&app, &reset).await), ["token"]);
    // The failed tries used up neither token.
    assert_done(&verify(&app, &verification).await);
    assert_done(&confirm(&app, &reset, NEW).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_confirmations_at_once_one_succeeds() {
    let app = TestApp::init().await;
    let (user, token) = user_with_token(&app).await;
    let mut all = JoinSet::new();
    for new in [NEW, "twelve-golden-kettles"] {
        let (caller, body) = (app.anon(), json!({ "token": token, "new_password": new }));
        all.spawn(async move { (caller.post(CONFIRM, body).await, new) });
    }
    let responses = all.join_all().await;
    let (done, refused): (Vec<_>, Vec<_>) = responses.iter().partition(|(response, _)| response.status == 204);
    assert_eq!((done.len(), refused.len()), (1, 1), "{responses:?}");
    assert_eq!(fields(&refused[0].0), ["token"]);
    assert!(signs_in(&app, &user.username, done[0].1).await);
    assert!(!signs_in(&app, &user.username, refused[0].1).await);
}

#[tokio::test]
async fn a_confirmation_whose_response_is_lost_on_the_way_is_done_once() {
    let app = TestApp::init().await;
    let (user, token) = user_with_token(&app).await;
    let mut lost = false;
    app.dynamo.fault(move |call| {
        let first = call.is("UpdateItem", "users") && !std::mem::replace(&mut lost, true);
        first.then_some(Fault::LoseResponse)
    });
    assert_done(&confirm(&app, &token, NEW).await);
    assert!(signs_in(&app, &user.username, NEW).await);
}

/// Whether the value contains the secret, as text or bytes.
fn tells(value: &AttributeValue, text: &str, secret: &[u8]) -> bool {
    match value {
        AttributeValue::S(kept) => kept.contains(text),
        AttributeValue::B(kept) => kept.as_ref().windows(secret.len()).any(|part| part == secret),
        _ => false,
    }
}

#[tokio::test]
async fn only_digests_of_tokens_are_stored() {
    let app = TestApp::init().await;
    signed_up(&app, "new", "new@example.com").await;
    let verification = app.mailed_token("new@example.com").await;
    let (_, reset) = user_with_token(&app).await;
    assert_eq!(app.items("mail_tokens").await.len(), 2);
    for token in [verification, reset] {
        let text = token.split_once('.').unwrap().1;
        let secret = URL_SAFE_NO_PAD.decode(text).unwrap();
        assert_eq!(secret.len(), 32);
        for table in ["mail_tokens", "users", "identities", "sessions", "rate_limits"] {
            for item in app.items(table).await {
                assert!(!item.values().any(|value| tells(value, text, &secret)), "{table}: {item:?}");
            }
        }
        let digest = AttributeValue::B(ring::digest::digest(&ring::digest::SHA256, &secret).as_ref().into());
        assert!(app.items("mail_tokens").await.iter().any(|item| item["digest"] == digest));
    }
}

#[tokio::test]
async fn a_reset_does_not_end_later_sessions() {
    let app = TestApp::init().await;
    let (user, token) = user_with_token(&app).await;
    assert_done(&confirm(&app, &token, NEW).await);
    let response = crate::sign_in(&app, &user.username, NEW).await;
    let again = crate::with_tokens(&user, &response);
    assert_eq!(again.get(SESSIONS).await.json().as_array().unwrap().len(), 1);
    assert_alive(&again).await;
}
