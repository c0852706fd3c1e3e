//! Browsers. The gateway adds the CORS headers, on errors too.

use std::collections::BTreeSet;

use api::Entry;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use catalogue::CATALOGUE;
use local::Template;
use serde_json::json;
use tests::{Client, Response, TestApp};

use crate::payload::Gateway;

/// The headers that pages may send.
const HEADERS: [&str; 5] = ["authorization", "content-type", "idempotency-key", "if-match", "if-none-match"];
/// The headers that pages may read.
const EXPOSED: [&str; 8] = [
    "etag",
    "idempotency-replayed",
    "link",
    "location",
    "retry-after",
    "ratelimit",
    "ratelimit-policy",
    "www-authenticate",
];

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
    for name in EXPOSED {
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
        assert_eq!((response.status, &*response.body), (204, ""), "{path}");
        assert_eq!(response.header("access-control-allow-origin"), "*", "{path}");
        let methods: BTreeSet<String> =
            CATALOGUE.iter().flat_map(Entry::routes).map(|route| route.method.as_str().to_lowercase()).collect();
        assert_eq!(list(&response, "access-control-allow-methods"), methods.into_iter().collect::<Vec<_>>());
        assert_eq!(list(&response, "access-control-allow-headers"), HEADERS);
        assert_eq!(response.header("access-control-max-age"), "600");
        assert_eq!(response.header("access-control-allow-credentials"), "");
    }
    // Twice as many calls as the route's limit admits.
    for _ in 0..20 {
        assert_eq!(preflight(&anon, "/v1/auth/token", "POST").await.status, 204);
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

/// A gateway for pages of these origins, separated by commas.
fn gateway(origins: &str) -> Gateway {
    let mut source = Template::source().unwrap();
    source["Parameters"]["AllowedOrigins"]["Default"] = json!(origins);
    Gateway::new(&Template::read(source).unwrap())
}

async fn headers_of(gateway: &Gateway, method: &str, path: &str, headers: &[(&str, &str)]) -> (u16, HeaderMap) {
    let request = Request::builder().method(method).uri(path);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let (status, headers, body) = gateway.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(body.is_empty(), status != 404, "{method} {path}");
    (status, headers)
}

/// The names of the CORS headers, without their common start.
fn names(headers: &HeaderMap) -> Vec<&str> {
    let mut names: Vec<_> = headers.keys().filter_map(|name| name.as_str().strip_prefix("access-control-")).collect();
    names.sort_unstable();
    names
}

/// Asserts that a response has these CORS headers, apart from the allowed origin, if it has an allowed origin.
#[track_caller]
fn assert_allows(headers: &HeaderMap, origin: &str, others: [&str; 3], case: &str) {
    let mut expected = others.to_vec();
    expected.retain(|name| !origin.is_empty() && !name.is_empty());
    expected.extend((!origin.is_empty()).then_some("allow-origin"));
    expected.sort_unstable();
    assert_eq!(names(headers), expected, "{case}");
    let sent = headers.get("access-control-allow-origin");
    assert_eq!(sent.map_or("", |sent| sent.to_str().unwrap()), origin, "{case}");
}

#[tokio::test]
async fn only_pages_of_allowed_origins_get_cors_headers() {
    let (one, any) = ("https://app.example.com, http://*", "*");
    for (allowed, origin, sent) in [
        (one, "https://app.example.com", "https://app.example.com"),
        (one, "http://elsewhere.example:81", "http://elsewhere.example:81"),
        (one, "https://elsewhere.example", ""),
        (one, "https://app.example.com.evil.example", ""),
        (one, "null", ""),
        (one, "", ""),
        (any, "https://elsewhere.example", "*"),
        (any, "null", "*"),
    ] {
        let (gateway, case) = (gateway(allowed), format!("{allowed}: {origin}"));
        let asked = ("access-control-request-method", "PATCH");
        for path in ["/v1/users", "/nowhere"] {
            let (status, headers) = headers_of(&gateway, "OPTIONS", path, &[("origin", origin), asked]).await;
            assert_allows(&headers, sent, ["allow-headers", "allow-methods", "max-age"], &case);
            assert_eq!((status, headers.contains_key("vary")), (204, false), "{case}");
            let (status, headers) = headers_of(&gateway, "GET", path, &[("origin", origin)]).await;
            assert_allows(&headers, sent, ["expose-headers", "", ""], &case);
            // The gateway adds nothing to the function's own header.
            assert_eq!(headers.get_all("vary").iter().count(), usize::from(status == 200), "{case}");
        }
    }
}

#[tokio::test]
async fn requests_of_no_page_get_no_cors_headers() {
    let gateway = gateway("*");
    let method = ("access-control-request-method", "GET");
    for (name, path, headers, status) in [
        ("GET", "/v1/users", &[][..], 200),
        ("GET", "/nowhere", &[], 404),
        ("OPTIONS", "/v1/users", &[], 204),
        ("OPTIONS", "/v1/users", &[method], 204),
        ("OPTIONS", "/v1/users", &[("origin", ORIGIN)], 204),
        ("OPTIONS", "/nowhere", &[], 204),
    ] {
        let (got, sent) = headers_of(&gateway, name, path, headers).await;
        assert_eq!((got, names(&sent)), (status, vec![]), "{name} {path} {headers:?}");
    }
    assert_eq!(gateway.take_events().len(), 1, "OPTIONS reaches no function");
}
