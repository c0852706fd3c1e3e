//! Refusals that all endpoints with a body, or with limits, share.

use api::{Entry, Limit, LimitKey};
use auth::Level;
use axum::body::Body;
use axum::http::Request;
use catalogue::CATALOGUE;
use serde_json::{Value, json};
use tests::{Client, Response, TestApp, admitted, good_call};

async fn send(caller: &Client, entry: &Entry, path: &str, content_type: &str, body: String) -> Response {
    let request = Request::builder().method(entry.route.method.as_str()).uri(path);
    caller.request(request.header("content-type", content_type).body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn every_body_is_json_of_at_most_64_kib() {
    let app = TestApp::init().await;
    let mut tried = 0;
    for entry in CATALOGUE {
        let caller = admitted(&app, entry.level).await;
        let (path, Some(good), _) = good_call(&app, entry.name, &caller).await else { continue };
        let large = format!("{}{good}", " ".repeat(64 * 1024));
        for (content_type, body, expected) in [
            ("application/json", "{".to_owned(), (400, "not_json")),
            ("application/json", large, (413, "body_too_large")),
            ("text/plain", good.to_string(), (415, "media_type_unsupported")),
            ("application/json", "[]".to_owned(), (422, "validation_failed")),
        ] {
            let response = send(&caller, entry, &path, content_type, body).await;
            assert!(response.is(expected.0, expected.1), "{}: {} {}", entry.name, response.status, response.body);
        }
        tried += 1;
    }
    assert!(tried > 10, "{tried}");
}

/// The tightest limit that counts calls with any input.
fn tightest(entry: &Entry) -> Option<&Limit> {
    let counting = entry.limits.iter().filter(|limit| matches!(limit.by, LimitKey::Ip | LimitKey::User));
    counting.min_by_key(|limit| limit.burst)
}

#[tokio::test]
async fn every_limit_by_address_or_user_is_kept() {
    let app = TestApp::init().await;
    let mut tried = 0;
    for entry in CATALOGUE {
        let Some(limit) = tightest(entry) else { continue };
        let mut caller = admitted(&app, entry.level).await;
        let (_, body, _) = good_call(&app, entry.name, &caller).await;
        let path = entry.route.path.split('/').map(|part| if part.starts_with('{') { "none" } else { part });
        let path = path.collect::<Vec<_>>().join("/");
        let knock =
            async |caller: &Client| caller.call(entry.route, &path, body.as_ref().map(|_: &Value| json!({}))).await;
        for at in 0..limit.burst {
            let response = knock(&caller).await;
            assert_ne!(response.status, 429, "{} at call {at}", entry.name);
            // The call may have signed the user out everywhere. The limit counts the user, not the session.
            if entry.level != Level::Public && response.status == 204 {
                caller = app.sign_in(&caller.username).await;
            }
        }
        let refused = knock(&caller).await;
        assert!(refused.is(429, "rate_limited"), "{}: {} {}", entry.name, refused.status, refused.body);
        tried += 1;
    }
    assert!(tried > 12, "{tried}");
}
