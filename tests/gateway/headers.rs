//! The headers of every response, and the headers that a body needs.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::json;
use tests::{PASSWORD, TestApp};
use uuid::Uuid;

use crate::assert_problem;

#[tokio::test]
async fn a_body_must_be_declared_as_json() {
    let app = TestApp::init().await;
    let (user, superuser) = (app.user().await, app.superuser().await);
    let account = format!("/v1/users/{}", user.id);
    let send = async |types: &[&str], body: &'static str| {
        let request = types.iter().fold(Request::patch(&account), |r, value| r.header("content-type", *value));
        superuser.request(request.body(Body::from(body)).unwrap()).await
    };
    for good in [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "application/json;charset=utf8",
        "Application/JSON ; Charset=\"utf-8\"",
        "APPLICATION/JSON",
    ] {
        let response = send(&[good], r#"{"is_staff":true}"#).await;
        assert_eq!(response.status, 200, "{good}: {}", response.body);
    }
    for bad in [
        &["text/plain"][..],
        &[],
        &[""],
        &["json"],
        &["application/jsonp"],
        &["application/problem+json"],
        &["text/json"],
        &["text/plain; application/json"],
        &["application/x-www-form-urlencoded"],
        &["multipart/form-data; boundary=x"],
        &["application/json, text/plain"],
        &["text/plain", "application/json"],
    ] {
        let response = send(bad, r#"{"is_active":false}"#).await;
        assert_problem(&response, 415, "media_type_unsupported", &format!("{bad:?}"));
    }
    assert_eq!(user.get("/v1/users/me").await.status, 200, "the account is still active");
}

#[tokio::test]
async fn headers_of_every_response() {
    let app = TestApp::init().await;
    let (user, staff, superuser) = (app.user().await, app.staff().await, app.superuser().await);
    let (anon, bad) = (app.anon(), app.anon().with_token("a.b.c"));
    let (account, nobody) = (format!("/v1/users/{}", user.id), format!("/v1/users/{}", Uuid::nil()));
    let other = app.sign_in(&user.username).await;
    let session = format!("/v1/auth/sessions/{}", other.refresh_token.split('.').next().unwrap());
    let (access, names) = (json!({ "is_staff": false }), json!({ "first_name": "Ada" }));
    let sign_up = json!({ "username": "ann", "email": "ann@example.com", "password": PASSWORD });
    let sign_in = json!({ "username": user.username, "password": PASSWORD });
    let refresh = json!({ "refresh_token": user.refresh_token });
    let large = json!({ "first_name": "x".repeat(70_000) });
    let (get, post, patch, delete) = (Method::GET, Method::POST, Method::PATCH, Method::DELETE);
    let mut ids = Vec::new();
    for (caller, method, path, body, status, cache) in [
        (&anon, &get, "/.well-known/jwks.json", None, 200, "no-cache"),
        (&anon, &get, "/v1/health", None, 200, "no-store"),
        (&user, &get, "/v1/users/me", None, 200, "no-store"),
        (&staff, &get, &*account, None, 200, "no-store"),
        (&staff, &get, "/v1/users", None, 200, "no-store"),
        (&superuser, &patch, &account, Some(&access), 200, "no-store"),
        (&user, &patch, "/v1/users/me", Some(&names), 200, "no-store"),
        (&user, &get, "/v1/auth/sessions", None, 200, "no-store"),
        (&user, &delete, &session, None, 204, "no-store"),
        (&anon, &post, "/v1/users", Some(&sign_up), 201, "no-store"),
        (&anon, &post, "/v1/auth/token", Some(&sign_in), 200, "no-store"),
        (&anon, &post, "/v1/auth/token/refresh", Some(&refresh), 200, "no-store"),
        (&anon, &post, "/v1/auth/token/revoke", Some(&refresh), 204, "no-store"),
        // Caches must not keep errors of public resources either.
        (&anon, &get, "/docs/none", None, 404, "no-store"),
        (&staff, &get, &nobody, None, 404, "no-store"),
        (&staff, &get, "/v1/users?limit=0", None, 422, "no-store"),
        (&staff, &get, "/v1/invitations?limit=0", None, 422, "no-store"),
        (&anon, &post, "/v1/users", Some(&sign_up), 409, "no-store"),
        (&anon, &get, "/v1/users/me", None, 403, "no-store"),
        (&bad, &get, "/v1/users/me", None, 401, "no-store"),
        (&staff, &patch, "/v1/users/me", Some(&large), 413, "no-store"),
        (&staff, &patch, "/v1/users/me", None, 415, "no-store"),
    ] {
        let case = format!("{method} {path}");
        let response = caller.send(method.clone(), path, body.cloned()).await;
        assert_eq!(response.status, status, "{case}: {}", response.body);
        assert_eq!(response.header("cache-control"), cache, "{case}");
        assert_eq!(response.header("x-content-type-options"), "nosniff", "{case}");
        assert!(!response.header("x-request-id").is_empty(), "{case}");
        ids.push(response.header("x-request-id").to_owned());
        let content_type = match status {
            204 => "",
            200 | 201 => "application/json",
            _ => "application/problem+json",
        };
        assert_eq!(response.header("content-type"), content_type, "{case}");
        assert_eq!(response.body.is_empty(), status == 204, "{case}");
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "each request has its own id");
}

#[tokio::test]
async fn responses_of_429_500_and_503_are_not_for_caches() {
    let app = TestApp::init().await;
    let anon = app.anon();
    for _ in 0..10 {
        anon.post("/v1/auth/token", json!({})).await;
    }
    assert_problem(&anon.post("/v1/auth/token", json!({})).await, 429, "rate_limited", "429");
    app.dynamo.fault(|_| Some(tests::Fault::Refuse("AccessDeniedException")));
    assert_problem(&anon.get("/.well-known/jwks.json").await, 500, "internal", "500");
    app.dynamo.fault(|_| Some(tests::Fault::Refuse("ThrottlingException")));
    let away = anon.get("/.well-known/jwks.json").await;
    assert_problem(&away, 503, "unavailable", "503");
    assert_eq!(away.header("retry-after"), "1");
}
