//! The headers of every endpoint's responses, and HEAD.

use api::{Entry, Method};
use auth::Level;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use catalogue::CATALOGUE;
use tests::{Client, Response, TestApp, admitted, good_call};

/// The headers of every response (OWASP ASVS 5.0, 3.4).
const ALWAYS: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
];

#[track_caller]
fn assert_secure(response: &Response, case: &str) {
    for (name, value) in ALWAYS {
        assert_eq!(response.header(name), value, "{case}: {name}");
    }
    let policy = response.header("content-security-policy");
    for part in ["default-src 'none'", "frame-ancestors 'none'"] {
        assert!(policy.split("; ").any(|there| there == part), "{case}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{case}: {policy}");
    // The gateway answers each of the allowed origins with another header.
    let is_kept = response.header("cache-control") != "no-store";
    assert_eq!(response.header("vary"), if is_kept { "origin" } else { "" }, "{case}");
}

/// Pages have policies of their own, which allow their scripts.
fn has_own_policy(entry: &Entry) -> bool {
    ["account_page", "docs"].contains(&entry.name)
}

#[tokio::test]
async fn every_response_has_the_security_headers() {
    let app = TestApp::init().await;
    let garbage = app.anon().with_token("not.a.token");
    for entry in CATALOGUE {
        let caller = admitted(&app, entry.level).await;
        let (path, body, success) = good_call(&app, entry.name, &caller).await;
        let good = caller.call(entry.route, &path, body.clone()).await;
        assert_eq!(good.status, success, "{}: {}", entry.name, good.body);
        assert_secure(&good, entry.name);
        let is_default = good.header("content-security-policy") == "default-src 'none'; frame-ancestors 'none'";
        assert_ne!(is_default, has_own_policy(entry), "{}", entry.name);
        let tag = good.header("etag");
        if !tag.is_empty() && entry.route.method == Method::Get {
            let unchanged = conditional(&caller, &path, tag).await;
            assert_eq!(unchanged.status, 304, "{}", entry.name);
            assert_secure(&unchanged, entry.name);
        }
        let refused = garbage.call(entry.route, &path, body.map(|_| serde_json::json!([]))).await;
        if refused.status >= 400 {
            assert_secure(&refused, &format!("{} refused", entry.name));
        }
    }
    app.dynamo.fault(|_| Some(tests::Fault::Refuse("ThrottlingException")));
    let away = app.anon().get("/v1/health").await;
    assert_eq!(away.status, 503);
    assert_secure(&away, "503");
}

async fn conditional(caller: &Client, path: &str, tag: &str) -> Response {
    caller.request(Request::get(path).header("if-none-match", tag).body(Body::empty()).unwrap()).await
}

/// The headers, but for those of a single request.
fn comparable(response: &Response) -> HeaderMap {
    let mut headers = response.headers.clone();
    for name in ["x-request-id", "apigw-requestid", "content-length"] {
        headers.remove(name);
    }
    headers
}

#[tokio::test]
async fn head_is_get_without_the_body_for_everybody() {
    let app = TestApp::init().await;
    let mut tried = 0;
    for entry in CATALOGUE.iter().filter(|entry| entry.route.method == Method::Get) {
        let caller = admitted(&app, entry.level).await;
        let (path, ..) = good_call(&app, entry.name, &caller).await;
        let Some(route) = entry.head() else {
            assert_ne!(entry.level, Level::Public, "{}", entry.name);
            continue;
        };
        // Misses, too.
        for path in [path.clone(), format!("{path}?limit=0"), format!("{path}x")] {
            let (get, head) = (caller.get(&path).await, caller.call(route, &path, None).await);
            assert_eq!((head.status, comparable(&head)), (get.status, comparable(&get)), "HEAD {path}");
            assert_eq!(head.body, "", "HEAD {path}");
            assert_eq!(head.header("content-length"), get.body.len().to_string(), "HEAD {path}");
        }
        let tag = caller.get(&path).await.header("etag").to_owned();
        if !tag.is_empty() && entry.route.method == Method::Get {
            let request = Request::head(&path).header("if-none-match", tag);
            let unchanged = caller.request(request.body(Body::empty()).unwrap()).await;
            assert_eq!((unchanged.status, &*unchanged.body), (304, ""), "HEAD {path}");
        }
        tried += 1;
    }
    assert!(tried >= 5, "{tried}");
}
