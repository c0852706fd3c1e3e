//! A client's address comes from the gateway only, never from the client.

use std::collections::HashMap;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tests::{TestApp, record};

use crate::{ask, assert_problem, context, event};

#[tokio::test]
async fn no_header_changes_the_address() {
    let app = TestApp::init().await;
    let attacker = app.anon();
    for n in 0..11 {
        let victim = format!("10.99.0.{n}");
        let credentials = json!({ "username": format!("nobody{n}"), "password": "wrong-password" });
        let request = Request::post("/v1/auth/token")
            .header("content-type", "application/json")
            .header("x-forwarded-for", format!("{victim}, {victim}"))
            .header("forwarded", format!("for={victim}"))
            .header("x-real-ip", &victim)
            .header("true-client-ip", &victim)
            .header("cf-connecting-ip", &victim);
        let response = attacker.request(request.body(Body::from(credentials.to_string())).unwrap()).await;
        match n {
            10 => assert_problem(&response, 429, "rate_limited", "the eleventh"),
            _ => assert_problem(&response, 401, "credentials_invalid", &victim),
        }
    }
    let counters = app.items("rate_limits").await;
    assert!(!counters.is_empty() && counters.iter().all(|item| !format!("{item:?}").contains("10.99.0.")));
    for n in 0..11 {
        let victim = attacker.at(&format!("10.99.0.{n}")).post("/v1/auth/token", json!({})).await;
        assert_eq!((victim.status, victim.header("ratelimit")), (422, r#""ip";r=9;t=6"#), "{n}");
    }
}

#[tokio::test]
async fn only_a_cdn_that_shows_the_secret_names_the_address() {
    const SECRET: &str = "rehearsed-secret-of-the-edge-0123456789";
    let app = TestApp::init_with(&[("EDGE_SECRET", SECRET)]).await;
    record::secret(SECRET);
    let sign_in = async |secret: &str, viewer: &str| {
        let request = Request::post("/v1/auth/token").header("content-type", "application/json");
        let request = request.header(api::TrustedProxy::SECRET, secret).header(api::TrustedProxy::VIEWER, viewer);
        app.anon().at("192.0.2.1").request(request.body(Body::from("{}")).unwrap()).await
    };
    // Many viewers behind one edge of the CDN: each has its own bucket.
    for viewer in 0..20 {
        let response = sign_in(SECRET, &format!("198.51.100.{viewer}:4711")).await;
        assert_eq!((response.status, response.header("ratelimit")), (422, r#""ip";r=9;t=6"#), "{viewer}");
    }
    for port in 0..9 {
        assert_eq!(sign_in(SECRET, &format!("198.51.100.0:{port}")).await.status, 422);
    }
    assert_problem(&sign_in(SECRET, "198.51.100.0:9").await, 429, "rate_limited", "one viewer");
    // Without the secret, calls count against the sender's own bucket, despite the header.
    for viewer in 0..10 {
        assert_eq!(sign_in("guessed", &format!("198.51.100.{viewer}:1")).await.status, 422);
    }
    assert_problem(&sign_in("", "203.0.113.1:1").await, 429, "rate_limited", "the sender");
    assert_eq!(app.items("rate_limits").await.len(), 21);
}

/// How many of the sign-ins from these addresses, one after the other, are limited.
async fn limited(app: &TestApp, addresses: impl IntoIterator<Item = Value>) -> usize {
    let mut statuses: HashMap<u16, usize> = HashMap::new();
    for address in addresses {
        let changes = json!({ "requestContext": context("POST", "$default", address), "body": "{}" });
        let response = ask(app, "tokens_issue", event("POST", "/v1/auth/token", changes)).await;
        *statuses.entry(response.status).or_default() += 1;
    }
    assert!(statuses.keys().all(|status| [422, 429].contains(status)), "{statuses:?}");
    statuses.get(&429).copied().unwrap_or_default()
}

#[tokio::test]
async fn one_network_is_one_key() {
    let app = TestApp::init().await;
    let spellings = ["2001:DB8::1", "2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8:0::0:1"];
    assert_eq!(limited(&app, spellings.iter().cycle().take(12).map(|address| json!(address))).await, 2);
    assert_eq!(app.items("rate_limits").await.len(), 1);

    assert_eq!(limited(&app, (0..1000).map(|host| json!(format!("2001:db8:0:1::{host:x}")))).await, 990);
    assert_eq!(app.items("rate_limits").await.len(), 2);

    // Each network has its own key.
    assert_eq!(limited(&app, (0..20).map(|net| json!(format!("2001:db8:1:{net:x}::1")))).await, 0);
    assert_eq!(app.items("rate_limits").await.len(), 22);

    let mapped = ["203.0.113.9", "::ffff:203.0.113.9", "::FFFF:CB00:7109"];
    assert_eq!(limited(&app, mapped.iter().cycle().take(12).map(|address| json!(address))).await, 2);
    assert_eq!(app.items("rate_limits").await.len(), 23);
}

#[tokio::test]
async fn unreadable_addresses_share_one_key() {
    let app = TestApp::init().await;
    let odd = ["", "unknown", "203.0.113.9:80", "1.2.3", "::g", "203.0.113.999", "[2001:db8::1]", "a|b:c", "\u{e9}"];
    let odd = odd.iter().map(|address| json!(address)).chain([Value::Null, json!("x".repeat(5000)), json!("0x7f.1")]);
    assert_eq!(limited(&app, odd).await, 2);
    assert_eq!(app.items("rate_limits").await.len(), 1);
    assert_eq!(limited(&app, [json!("203.0.113.9")]).await, 0);
}
