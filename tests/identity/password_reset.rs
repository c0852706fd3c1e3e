//! `POST /v1/auth/password-reset`: the response does not reveal accounts, and only verified addresses are mailed.

use auth::Roles;
use axum::body::Body;
use axum::http::Request;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Client, TestApp};

use crate::{NEW, RESET, ask_reset, confirm, email_of, fields, mails_to, reset_token, signed_up, signs_in};

/// The handler's calls to the database, as operations and tables, and the response.
async fn calls(app: &TestApp, email: &str) -> (Vec<(String, String)>, u16, String) {
    app.dynamo.take_calls();
    let response = ask_reset(app, email).await;
    let table = |body: &Value| body["TableName"].as_str().unwrap_or("several").replace(&app.prefix, "");
    let calls = app.dynamo.take_calls().iter().map(|call| (call.operation.clone(), table(&call.body))).collect();
    (calls, response.status, response.body)
}

#[tokio::test]
async fn the_response_and_the_work_are_the_same_for_every_address() {
    let app = TestApp::init().await;
    app.create_user("known", "known@example.com", Roles::default()).await;
    signed_up(&app, "unverified", "unverified@example.com").await;
    let gone = app.create_user("gone", "gone@example.com", Roles::default()).await.to_string();
    app.set("users", ("id", &gone), "is_active", aws_sdk_dynamodb::types::AttributeValue::Bool(false)).await;
    let known = calls(&app, "known@example.com").await;
    assert_eq!((known.1, known.0.is_empty()), (202, false));
    for email in ["nobody@example.com", "unverified@example.com", "gone@example.com", "KNOWN@example.com"] {
        assert_eq!(calls(&app, email).await, known, "{email}");
    }
    assert!(known.0.iter().all(|(_, table)| table == "rate_limits"), "{:?}", known.0);
}

#[tokio::test]
async fn only_a_verified_address_of_an_active_account_is_mailed() {
    let app = TestApp::init().await;
    let user = app.create_user("Ada", "Ada@Example.com", Roles::default()).await;
    signed_up(&app, "unverified", "unverified@example.com").await;
    assert_eq!(app.mails().await.len(), 1, "the mail with the link to verify");
    for nobody in ["nobody@example.com", "Ada@example.org"] {
        assert_eq!(ask_reset(&app, nobody).await.status, 202);
    }
    assert_eq!(app.mails().await.len(), 1);
    // The mail goes to the stored spelling of the address.
    assert_eq!(ask_reset(&app, "aDA@eXAMPLE.COM").await.status, 202);
    assert_eq!((app.mails().await.len(), mails_to(&app, "Ada@Example.com").await), (2, 1));
    let inactive = aws_sdk_dynamodb::types::AttributeValue::Bool(false);
    app.set("users", ("id", &user.to_string()), "is_active", inactive).await;
    assert_eq!(ask_reset(&app, "Ada@Example.com").await.status, 202);
    assert_eq!(app.mails().await.len(), 2);
}

#[tokio::test]
async fn an_account_gets_three_links_an_hour_and_all_of_them_stay_good() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let email = email_of(&user);
    let mut tokens = Vec::new();
    for _ in 0..3 {
        tokens.push(reset_token(&app, &email).await);
    }
    let responses = [ask_reset(&app, &email).await, ask_reset(&app, &email.to_uppercase()).await];
    assert!(responses.iter().all(|response| response.status == 202), "{responses:?}");
    assert_eq!(mails_to(&app, &email).await, 3);
    // Other accounts are not limited.
    let other = app.user().await;
    reset_token(&app, &email_of(&other)).await;
    tokens.dedup();
    assert_eq!(tokens.len(), 3);
    assert_eq!(confirm(&app, &tokens[0], NEW).await.status, 204);
    app.clock.advance(SignedDuration::from_hours(1));
    reset_token(&app, &email).await;
    assert_eq!(mails_to(&app, &email).await, 4);
}

#[tokio::test]
async fn the_last_of_three_links_is_as_good_as_the_first() {
    let app = TestApp::init().await;
    let user = app.user().await;
    for _ in 0..2 {
        reset_token(&app, &email_of(&user)).await;
    }
    let last = reset_token(&app, &email_of(&user)).await;
    for _ in 0..3 {
        ask_reset(&app, &email_of(&user)).await;
    }
    app.mails().await;
    assert_eq!(confirm(&app, &last, NEW).await.status, 204);
    assert!(signs_in(&app, &user.username, NEW).await);
}

#[tokio::test]
async fn an_address_asks_ten_times_a_minute() {
    let app = TestApp::init().await;
    let caller = app.anon();
    for at in 0..10 {
        let response = caller.post(RESET, json!({ "email": format!("nobody{at}@example.com") })).await;
        assert_eq!(response.status, 202, "{}", response.body);
    }
    let response = caller.post(RESET, json!({ "email": "nobody@example.com" })).await;
    assert!(response.is(429, "rate_limited"), "{}", response.body);
}

/// Asks for a reset with forged headers that name another host.
async fn ask_as_evil(caller: &Client, email: &str) -> u16 {
    let request = Request::post(RESET).header("content-type", "application/json");
    let request = request.header("host", "evil.example").header("x-forwarded-host", "evil.example");
    let request = request.header("origin", "https://evil.example").header("referer", "https://evil.example/");
    let request = request.header("forwarded", "host=evil.example").header("x-original-url", "https://evil.example/");
    caller.request(request.body(Body::from(json!({ "email": email }).to_string())).unwrap()).await.status
}

#[tokio::test]
async fn a_link_starts_with_the_configured_base_despite_forged_headers() {
    let app = TestApp::init().await;
    let user = app.user().await;
    assert_eq!(ask_as_evil(&app.anon(), &email_of(&user)).await, 202);
    let mails = app.mails().await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("\nhttps://app.example.com/reset-password#token="), "{}", mails[0]);
    assert!(!mails[0].contains("evil"), "{}", mails[0]);
}

#[tokio::test]
async fn an_invalid_email_is_refused() {
    let app = TestApp::init().await;
    let long = format!("{}@example.com", "a".repeat(2_037));
    for odd in ["", "ada", "a@b@c", "a\r\nBcc: x@example.com", "<ada@example.com>", &long] {
        assert_eq!(fields(&ask_reset(&app, odd).await), ["email"], "{odd:?}");
    }
    for body in [json!({}), json!({ "email": null }), json!({ "email": ["a@example.com"] })] {
        assert_eq!(fields(&app.anon().post(RESET, body).await), ["email"]);
    }
    assert_eq!(app.mails().await.len(), 0);
}
