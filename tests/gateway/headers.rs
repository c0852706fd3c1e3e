//! G07 and what DESIGN says of the headers of every answer.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::json;
use tests::{PASSWORD, TestApp};

use crate::assert_problem;

#[tokio::test]
async fn g07_a_body_must_be_declared_as_json() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    let send = async |types: &[&str]| {
        let request = types.iter().fold(Request::post("/v1/products"), |r, value| r.header("content-type", *value));
        staff.request(request.body(Body::from(r#"{"name":"x","price":"1"}"#)).unwrap()).await
    };
    for good in [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "Application/JSON ; Charset=\"utf-8\"",
        "APPLICATION/JSON",
    ] {
        let answer = send(&[good]).await;
        assert_eq!(answer.status, 201, "{good}: {}", answer.body);
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
        assert_problem(&send(bad).await, 415, "media_type_unsupported", &format!("{bad:?}"));
    }
    assert_eq!(app.items("products").await.len(), 5);
}

#[tokio::test]
async fn design_4_headers_of_every_answer() {
    let app = TestApp::init().await;
    let (user, staff, superuser) = (app.user().await, app.staff().await, app.superuser().await);
    let (anon, bad) = (app.anon(), app.anon().with_token("a.b.c"));
    let product = format!("/v1/products/{}", app.product("a").await);
    let (favorite, account) = (format!("{product}/favorite"), format!("/v1/users/{}", user.id));
    let new = json!({ "name": "x", "price": "1" });
    let sign_up = json!({ "username": "ann", "email": "ann@example.com", "password": PASSWORD });
    let sign_in = json!({ "username": user.username, "password": PASSWORD });
    let refresh = json!({ "refresh_token": user.refresh_token });
    let large = json!({ "name": "x".repeat(70_000) });
    let (get, post, put, patch, delete) = (Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE);
    let mut ids = Vec::new();
    for (caller, method, path, body, status, cache) in [
        (&anon, &get, "/v1/products", None, 200, "no-cache"),
        (&anon, &get, &*product, None, 200, "no-cache"),
        (&anon, &get, "/.well-known/jwks.json", None, 200, "public, max-age=60"),
        (&anon, &get, "/v1/health", None, 200, "no-store"),
        (&user, &get, "/v1/users/me", None, 200, "no-store"),
        (&staff, &get, &account, None, 200, "no-store"),
        (&user, &put, &favorite, None, 204, "no-store"),
        (&user, &get, "/v1/products/favorites", None, 200, "no-store"),
        (&user, &delete, &favorite, None, 204, "no-store"),
        (&staff, &post, "/v1/products", Some(&new), 201, "no-store"),
        (&staff, &patch, &product, Some(&new), 200, "no-store"),
        (&superuser, &delete, &product, None, 204, "no-store"),
        (&anon, &post, "/v1/users", Some(&sign_up), 201, "no-store"),
        (&anon, &post, "/v1/auth/token", Some(&sign_in), 200, "no-store"),
        (&anon, &post, "/v1/auth/token/refresh", Some(&refresh), 200, "no-store"),
        (&anon, &post, "/v1/auth/token/revoke", Some(&refresh), 204, "no-store"),
        // Errors of public resources are not for caches either.
        (&anon, &get, &product, None, 404, "no-store"),
        (&anon, &get, "/v1/products?limit=0", None, 422, "no-store"),
        (&anon, &post, "/v1/users", Some(&sign_up), 409, "no-store"),
        (&anon, &get, "/v1/users/me", None, 403, "no-store"),
        (&bad, &get, "/v1/users/me", None, 401, "no-store"),
        (&staff, &post, "/v1/products", Some(&large), 413, "no-store"),
        (&staff, &post, "/v1/products", None, 415, "no-store"),
    ] {
        let case = format!("{method} {path}");
        let answer = caller.send(method.clone(), path, body.cloned()).await;
        assert_eq!(answer.status, status, "{case}: {}", answer.body);
        assert_eq!(answer.header("cache-control"), cache, "{case}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{case}");
        assert!(!answer.header("x-request-id").is_empty(), "{case}");
        ids.push(answer.header("x-request-id").to_owned());
        let content_type = match status {
            204 => "",
            200 | 201 => "application/json",
            _ => "application/problem+json",
        };
        assert_eq!(answer.header("content-type"), content_type, "{case}");
        assert_eq!(answer.body.is_empty(), status == 204, "{case}");
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "each request has an id of its own");
}

#[tokio::test]
async fn design_4_answers_of_429_500_and_503_are_not_for_caches() {
    let app = TestApp::init().await;
    let anon = app.anon();
    for _ in 0..10 {
        anon.post("/v1/auth/token", json!({})).await;
    }
    assert_problem(&anon.post("/v1/auth/token", json!({})).await, 429, "rate_limited", "429");
    app.dynamo.fault(|_| Some(tests::Fault::Refuse("AccessDeniedException")));
    assert_problem(&anon.get("/v1/products").await, 500, "internal", "500");
    app.dynamo.fault(|_| Some(tests::Fault::Refuse("ThrottlingException")));
    let away = anon.get("/v1/products").await;
    assert_problem(&away, 503, "unavailable", "503");
    assert_eq!(away.header("retry-after"), "1");
}
