//! The largest requests and responses.

use auth::Roles;
use axum::body::Body;
use axum::http::{Method, Request};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tests::{Client, PASSWORD, TestApp};

use crate::{ask, assert_problem, event, send_raw, signed};

/// The size of the largest body, in bytes.
const LARGEST: usize = 64 * 1024;

/// A valid body of this many bytes.
fn body(length: usize) -> String {
    let good = r#"{"is_staff":true}"#;
    good.to_owned() + &" ".repeat(length - good.len())
}

#[tokio::test]
async fn a_body_is_at_most_64_kib() {
    let app = TestApp::init().await;
    let (anon, user, superuser) = (app.anon(), app.user().await, app.superuser().await);
    let account = format!("/v1/users/{}", user.id);
    let send = async |client: &Client, body: Vec<u8>| send_raw(&app, client, Method::PATCH, &account, body).await;
    for length in [LARGEST + 1, 100_000, 5_000_000] {
        let response = send(&superuser, body(length).into()).await;
        assert_problem(&response, 413, "body_too_large", &length.to_string());
        let bytes = vec![0xff; length];
        assert_problem(&send(&superuser, bytes).await, 413, "body_too_large", "bytes");
        // Callers without access get no error about the body.
        let response = send(&anon, body(length).into()).await;
        assert_problem(&response, 403, "token_missing", &length.to_string());
        let response = send(&user, body(length).into()).await;
        assert_problem(&response, 403, "superuser_required", &length.to_string());
        let response = send_raw(&app, &app.anon(), Method::POST, "/v1/users", body(length)).await;
        assert_problem(&response, 413, "body_too_large", "sign-up");
    }
    for length in [LARGEST, LARGEST - 1] {
        let response = send(&superuser, body(length).into()).await;
        assert_eq!(response.status, 200, "{length}: {}", response.body);
    }
}

#[tokio::test]
async fn a_body_in_an_event_is_at_most_64_kib() {
    let app = TestApp::init().await;
    let (user, superuser) = (app.user().await, app.superuser().await);
    let path = format!("/v1/users/{}", user.id);
    let plain = |length: usize| json!({ "body": body(length), "isBase64Encoded": false });
    let base64 = |length: usize| json!({ "body": STANDARD.encode(body(length)), "isBase64Encoded": true });
    let send = async |mut changes: Value, headers: Value| {
        changes["headers"] = headers;
        changes["pathParameters"] = json!({ "user_id": user.id.to_string() });
        ask(&app, "users_update", event("PATCH", &path, changes)).await
    };
    for length in [LARGEST + 1, LARGEST + 2, LARGEST + 3, 5_000_000] {
        for changes in [plain(length), base64(length)] {
            let response = send(changes.clone(), signed(&superuser)).await;
            assert_problem(&response, 413, "body_too_large", &length.to_string());
            let response = send(changes, json!({ "content-type": "application/json" })).await;
            assert_problem(&response, 403, "token_missing", &length.to_string());
        }
    }
    for changes in [plain(LARGEST), base64(LARGEST), base64(LARGEST - 1)] {
        let response = send(changes, signed(&superuser)).await;
        assert_eq!(response.status, 200, "{}", response.body);
    }
}

#[tokio::test]
async fn a_9_kb_authorization_header_is_a_bad_token() {
    let app = TestApp::init().await;
    let anon = app.anon();
    let part = "a".repeat(3000);
    let user = app.user().await;
    app.dynamo.take_calls();
    for header in [
        format!("Bearer {}", "a".repeat(9000)),
        format!("Bearer {part}.{part}.{part}"),
        format!("Bearer {}", ".".repeat(9000)),
        format!("Bearer {}{}", user.token.as_ref().unwrap(), "a".repeat(9000)),
    ] {
        let request = Request::get("/v1/users/me").header("authorization", &header).body(Body::empty()).unwrap();
        let response = anon.request(request).await;
        assert_problem(&response, 401, "token_invalid", &header);
        assert!(response.header("www-authenticate").starts_with("Bearer error=\"invalid_token\""));
    }
    let spaces = format!("Bearer {}", " ".repeat(9000));
    let request = Request::get("/v1/users/me").header("authorization", &spaces).body(Body::empty()).unwrap();
    assert_problem(&anon.request(request).await, 403, "token_missing", "spaces");
    assert!(app.dynamo.take_calls().is_empty());
}

#[tokio::test]
async fn the_longest_names_make_no_long_tokens() {
    let app = TestApp::init().await;
    let username = "x".repeat(150);
    let label = "d".repeat(63);
    let email = format!("{}@{label}.{label}.{}", "l".repeat(64), "d".repeat(61));
    assert_eq!(email.len(), 254);
    app.create_user(&username, &email, Roles { is_staff: true, is_superuser: true }).await;
    for name in [&username, &email] {
        let response = app.anon().post("/v1/auth/token", json!({ "username": name, "password": PASSWORD })).await;
        assert_eq!(response.status, 200, "{}", response.body);
        for token in ["access_token", "refresh_token"] {
            let length = response.json()[token].as_str().unwrap().len();
            assert!((50..1024).contains(&length), "{token}: {length}");
        }
        let me = app.anon().with_token(response.json()["access_token"].as_str().unwrap()).get("/v1/users/me").await;
        assert_eq!((me.status, &me.json()["username"]), (200, &json!(username)));
    }
}
