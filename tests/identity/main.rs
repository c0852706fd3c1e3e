//! Everything that users do with their own identity: sessions, passwords, profiles and mailed links.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod in_flight;
mod late;
mod lifetimes;
mod look_alikes;
mod mailbox;
mod meanwhile;
mod passkeys;
mod password_change;
mod password_reset;
mod passwords;
mod pending_email;
mod profile;
mod reauthentication;
mod refresh;
mod reset_tokens;
mod second_factor;
mod sessions;
mod sessions_list;
mod sign_up;
mod verification;
mod wrong_passwords;

use auth::UserId;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::json;
use tests::problems::fields;
use tests::{Client, PASSWORD, Response, TestApp};

const TOKEN: &str = "/v1/auth/token";
const REFRESH: &str = "/v1/auth/token/refresh";
const REAUTHENTICATE: &str = "/v1/auth/reauthenticate";
const REVOKE: &str = "/v1/auth/token/revoke";
const SESSIONS: &str = "/v1/auth/sessions";
const ME: &str = "/v1/users/me";
const CHANGE: &str = "/v1/users/me/password";
const ERASE: &str = "/v1/users/me/erase";
const RESET: &str = "/v1/auth/password-reset";
const CONFIRM: &str = "/v1/auth/password-reset/confirm";
const VERIFY: &str = "/v1/auth/verify-email";

/// Another strong password.
const NEW: &str = "eleven-purple-lanterns";

/// Presents a refresh token.
async fn refresh(caller: &Client, token: &str) -> Response {
    caller.post(REFRESH, json!({ "refresh_token": token })).await
}

/// The caller with the tokens of the response, which must have them.
fn with_tokens(caller: &Client, response: &Response) -> Client {
    assert_eq!(response.status, 200, "{}", response.body);
    let text = |name: &str| response.json()[name].as_str().unwrap().to_owned();
    let mut caller = caller.with_token(text("access_token"));
    caller.refresh_token = text("refresh_token");
    caller
}

/// Exchanges the caller's refresh token. Returns the caller with the new tokens.
async fn refreshed(caller: &Client) -> Client {
    with_tokens(caller, &refresh(caller, &caller.refresh_token).await)
}

/// Whether the access token is accepted.
async fn is_let_in(caller: &Client) -> bool {
    let response = caller.get(ME).await;
    assert!(response.status == 200 || response.is(401, "token_invalid"), "{} {}", response.status, response.body);
    response.status == 200
}

/// Asserts that the token is refused, without a reason.
#[track_caller]
fn assert_refused(response: &Response) {
    assert!(response.is(401, "token_invalid"), "{} {}", response.status, response.body);
}

/// Asserts that both tokens of the caller are refused.
async fn assert_dead(caller: &Client) {
    assert!(!is_let_in(caller).await, "the access token is still accepted");
    assert_refused(&refresh(caller, &caller.refresh_token).await);
}

/// Asserts that both tokens of the caller are accepted. Returns the caller with new tokens.
async fn assert_alive(caller: &Client) -> Client {
    assert!(is_let_in(caller).await, "the access token is refused");
    refreshed(caller).await
}

/// Signs in from a new address.
async fn sign_in(app: &TestApp, name: &str, password: &str) -> Response {
    app.anon().post(TOKEN, json!({ "username": name, "password": password })).await
}

/// Whether a sign-in with this name and password succeeds.
async fn signs_in(app: &TestApp, name: &str, password: &str) -> bool {
    let response = sign_in(app, name, password).await;
    assert!(response.status == 200 || response.is(401, "credentials_invalid"), "{} {}", response.status, response.body);
    response.status == 200
}

/// Signs up with [`PASSWORD`] through the API, and signs in.
async fn signed_up(app: &TestApp, username: &str, email: &str) -> Client {
    let body = json!({ "username": username, "email": email, "password": PASSWORD });
    let response = app.anon().post("/v1/users", body).await;
    assert_eq!(response.status, 201, "{}", response.body);
    app.sign_in(username).await
}

/// Gives a user a password that a sign-up would refuse.
async fn set_password(app: &TestApp, id: UserId, password: &str) {
    let hash = app.hash(password).await;
    let hash = AttributeValue::S(hash.as_str().to_owned());
    app.set("users", ("id", &id.to_string()), "password_hash", hash).await;
}

/// Changes the caller's profile, after a pause that keeps within all limits.
async fn patch_me(app: &TestApp, caller: &Client, body: serde_json::Value) -> Response {
    app.clock.advance(SignedDuration::from_secs(12));
    caller.patch(ME, body).await
}

/// The email that [`TestApp::with_roles`] gives, which is verified.
fn email_of(caller: &Client) -> String {
    format!("{}@example.com", caller.username)
}

/// Asks for a password reset, without a token.
async fn ask_reset(app: &TestApp, email: &str) -> Response {
    // Mails are ordered by time, so each needs its own millisecond.
    app.clock.advance_millis(1);
    app.anon().post(RESET, json!({ "email": email })).await
}

/// The token that a password reset mails.
async fn reset_token(app: &TestApp, email: &str) -> String {
    let response = ask_reset(app, email).await;
    assert_eq!(response.status, 202, "{}", response.body);
    app.mailed_token(email).await
}

/// Sets a new password with a mailed token.
async fn confirm(app: &TestApp, token: &str, password: &str) -> Response {
    app.anon().post(CONFIRM, json!({ "token": token, "new_password": password })).await
}

/// Verifies an email with a mailed token and [`PASSWORD`].
async fn verify(app: &TestApp, token: &str) -> Response {
    app.anon().post(VERIFY, json!({ "token": token, "password": PASSWORD })).await
}

/// How many mails were sent to an address.
async fn mails_to(app: &TestApp, email: &str) -> usize {
    let to = format!("To: <{email}>");
    app.mails().await.iter().filter(|mail| mail.contains(&to)).count()
}
