//! Browsers. The gateway adds the CORS headers, on errors too.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use tests::{Client, Response, TestApp};

const ORIGIN: &str = "https://app.example.com";

async fn preflight(caller: &Client, path: &str, method: &str) -> Response {
    let request = Request::options(path)
        .header("origin", ORIGIN)
        .header("access-control-request-method", method)
        .header("access-control-request-headers", "authorization,content-type");
    caller.request(request.body(Body::empty()).unwrap()).await
}

fn list(response: &Response, name: &str) -> Vec<String> {
    let mut list: Vec<_> = response.header(name).split(',').map(|item| item.trim().to_lowercase()).collect();
    list.sort();
    list
}

#[track_caller]
fn assert_readable(response: &Response, case: &str) {
    assert_eq!(response.header("access-control-allow-origin"), "*", "{case}");
    let exposed = list(response, "access-control-expose-headers");
    for name in ["link", "location", "retry-after", "ratelimit", "ratelimit-policy", "www-authenticate"] {
        assert!(exposed.iter().any(|exposed| exposed == name), "{case}: {name}: {exposed:?}");
    }
    // Tokens travel in the `Authorization` header, so pages need no cookies.
    assert_eq!(response.header("access-control-allow-credentials"), "", "{case}");
}

#[tokio::test]
async fn a_preflight_needs_no_token_and_costs_nothing() {
    let app = TestApp::init().await;
    let anon = app.anon();
    for (path, method) in [
        ("/v1/users", "POST"),
        ("/v1/users/0198c0de-0000-7000-8000-000000000000", "PATCH"),
        ("/v1/auth/sessions/0198c0de-0000-7000-8000-000000000000", "DELETE"),
        ("/v1/users/me", "GET"),
    ] {
        let response = preflight(&anon, path, method).await;
        assert!([200, 204].contains(&response.status), "{path}: {}", response.status);
        assert_eq!(response.header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(list(&response, "access-control-allow-methods"), ["delete", "get", "head", "patch", "post", "put"]);
        assert_eq!(list(&response, "access-control-allow-headers"), ["authorization", "content-type"]);
        assert_eq!(response.header("access-control-max-age"), "600");
        assert_eq!(response.header("access-control-allow-credentials"), "");
    }
    // Twice as many calls as the route's limit admits.
    for _ in 0..20 {
        assert!([200, 204].contains(&preflight(&anon, "/v1/auth/token", "POST").await.status));
    }
    assert!(app.dynamo.take_calls().is_empty());
    let first = anon.post("/v1/auth/token", json!({})).await;
    assert_eq!((first.status, first.header("ratelimit")), (422, r#""ip";r=9;t=6"#));
}

#[tokio::test]
async fn pages_can_read_errors() {
    let app = TestApp::init().await;
    let anon = app.anon();
    let bad = anon.with_token("no.such.token");
    let get = |path: &str| Request::get(path).header("origin", ORIGIN).body(Body::empty()).unwrap();
    let sign_in = || {
        let request = Request::post("/v1/auth/token").header("origin", ORIGIN);
        request.header("content-type", "application/json").body(Body::from("{}")).unwrap()
    };

    let refused = bad.request(get("/v1/users/me")).await;
    assert!(refused.is(401, "token_invalid"), "{}", refused.body);
    assert!(refused.header("www-authenticate").starts_with("Bearer "));
    assert_readable(&refused, "401");
    for (path, status) in [("/v1/health", 200), ("/v1/users/me", 403), ("/docs/none", 404), ("/nowhere", 404)] {
        let response = anon.request(get(path)).await;
        assert_eq!(response.status, status, "{path}");
        assert_readable(&response, path);
    }
    for _ in 0..10 {
        let response = anon.request(sign_in()).await;
        assert_eq!(response.status, 422, "{}", response.body);
        assert_readable(&response, "422");
    }
    let limited = anon.request(sign_in()).await;
    assert!(limited.is(429, "rate_limited"), "{}", limited.body);
    assert_eq!(limited.header("retry-after"), "6");
    assert_readable(&limited, "429");
}
