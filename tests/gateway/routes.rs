//! The gateway's own responses, and the precedence of routes.

use axum::http::Method;
use serde_json::json;
use tests::TestApp;

use crate::assert_problem;

#[tokio::test]
async fn an_unknown_route_is_the_gateways_404() {
    let app = TestApp::init().await;
    let superuser = app.superuser().await;
    let account = format!("/v1/users/{}", superuser.id);
    let session = format!("/v1/auth/sessions/{}", superuser.refresh_token.split('.').next().unwrap());
    app.dynamo.take_calls();
    for (method, path) in [
        // Methods that the path lacks.
        (Method::PUT, "/v1/users"),
        (Method::DELETE, "/v1/users"),
        (Method::HEAD, "/v1/users"),
        (Method::POST, &*account),
        (Method::PUT, &account),
        (Method::DELETE, &account),
        (Method::GET, &session),
        (Method::GET, "/v1/auth/token"),
        (Method::DELETE, "/v1/users/me"),
        (Method::POST, "/v1/health"),
        (Method::TRACE, "/v1/health"),
        // Unknown paths.
        (Method::GET, "/"),
        (Method::GET, "/v1"),
        (Method::GET, "/v2/users"),
        (Method::GET, "/v1/users/"),
        (Method::GET, "/V1/users"),
        (Method::GET, "//v1/users"),
        (Method::GET, "/v1//users"),
        (Method::GET, "/v1/users/../users"),
        (Method::GET, "/prod/v1/users"),
        (Method::GET, "/.env"),
    ] {
        let response = superuser.send(method.clone(), path, None).await;
        assert_eq!(response.status, 404, "{method} {path}");
        let by_the_gateway = response.header("content-type") == "application/json";
        assert!(by_the_gateway, "{method} {path} reached a function: if this is a route now, remove it from the list");
        let body = if method == Method::HEAD { "" } else { r#"{"message":"Not Found"}"# };
        assert_eq!(response.body, body, "{method} {path}");
    }
    assert!(app.dynamo.take_calls().is_empty());
    assert_eq!(superuser.get("/v1/users/me").await.status, 200);
}

#[tokio::test]
async fn a_literal_route_wins_over_a_parameter() {
    let app = TestApp::init().await;
    let (user, superuser) = (app.user().await, app.superuser().await);
    // If `me` were the id of a user, the call would need staff.
    let me = user.get("/v1/users/me").await;
    assert_eq!((me.status, &me.json()["id"]), (200, &json!(user.id.to_string())));
    let patched = user.patch("/v1/users/me", json!({ "first_name": "Ada" })).await;
    assert_eq!((patched.status, &patched.json()["first_name"]), (200, &json!("Ada")));
    // The route of the caller's own account wins. It accepts no roles.
    assert_problem(&superuser.patch("/v1/users/me", json!({ "is_staff": true })).await, 422, "validation_failed", "me");
}
