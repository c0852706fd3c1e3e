//! Requests with invalid input.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use tests::{PASSWORD, Response, TestApp};
use uuid::Uuid;

use tests::once_probe::create;

use crate::{Seen, TOKEN};

/// The response of an endpoint to an event that no gateway makes.
async fn ask(app: &TestApp, event: Value) -> Response {
    let response = app.event("tokens_issue", event).await;
    Response { status: response.status.as_u16(), headers: response.headers, body: response.body.unwrap_or_default() }
}

pub async fn seen() -> Seen<&'static str> {
    let app = TestApp::init().await;
    let (user, superuser) = (app.user().await, app.superuser().await);
    let raw = async |kind: &str, body: String| {
        let request = Request::post(TOKEN).header("content-type", kind);
        app.anon().request(request.body(Body::from(body)).unwrap()).await
    };
    let sign_up = async |username: &str, email: &str| {
        let body = json!({ "username": username, "email": email, "password": PASSWORD });
        app.anon().post("/v1/users", body).await
    };
    let email = format!("{}@example.com", user.username);
    let no_base64 = json!({
        "version": "2.0", "headers": { "content-type": "application/json" }, "isBase64Encoded": true, "body": "%",
        "requestContext": { "http": { "method": "POST", "sourceIp": "10.0.0.1" } },
    });
    let staff = app.staff().await;
    let changed = json!({ "first_name": "Ada" });
    let stale = user.send_with(Method::PATCH, "/v1/users/me", Some(changed), &[("if-match", "\"x\"")]).await;
    for (key, body) in [("a", "x".to_owned()), ("b", "x".repeat(3000))] {
        assert_eq!(create(&app, &staff, Some(key), &body).await.status, 201);
    }
    let reused = create(&app, &staff, Some("a"), "y").await;
    let done = create(&app, &staff, Some("b"), &"x".repeat(3000)).await;
    app.dynamo.fault(|call| call.is("TransactWriteItems", "idempotency").then(|| tests::conflict(2)));
    let in_progress = create(&app, &staff, Some("c"), "x").await;
    app.dynamo.heal();
    let closed = TestApp::init_with(&[("SIGN_UP", "invited")]).await;
    let new = json!({ "username": "new", "email": email, "password": PASSWORD });
    let closed = closed.anon().post("/v1/users", new).await;
    let own = format!("/v1/users/{}", superuser.id);
    vec![
        ("malformed_request", ask(&app, no_base64).await),
        ("malformed_request", ask(&app, json!("no event")).await),
        ("not_json", raw("application/json", "{".to_owned()).await),
        ("body_too_large", raw("application/json", " ".repeat(65_537)).await),
        ("media_type_unsupported", raw("text/plain", "{}".to_owned()).await),
        ("validation_failed", raw("application/json", "{}".to_owned()).await),
        ("validation_failed", user.get("/v1/auth/sessions?cursor=x").await),
        ("not_found", app.staff().await.get(&format!("/v1/users/{}", Uuid::nil())).await),
        ("username_taken", sign_up(&user.username, "new@example.com").await),
        ("email_taken", sign_up("new", &email).await),
        ("own_account", superuser.patch(&own, json!({ "is_staff": true })).await),
        ("sign_up_closed", closed),
        ("already_done", done),
        ("request_in_progress", in_progress),
        ("precondition_failed", stale),
        ("idempotency_key_reused", reused),
        ("superuser_account", superuser.post("/v1/users/me/erase", json!({ "password": PASSWORD })).await),
    ]
}
