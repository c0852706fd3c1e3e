//! Rules that hold for every call.

use std::sync::Arc;

use auth::{Entropy, EntropyFailed};
use catalogue::CATALOGUE;
use serde_json::json;
use tests::{PASSWORD, TestApp};

#[tokio::test]
async fn eleventh_sign_in_at_one_instant_from_one_address_is_429() {
    let app = TestApp::init().await;
    let caller = app.anon();
    for _ in 0..10 {
        let response = caller.post("/v1/auth/token", json!({ "username": "nobody", "password": "whatever" })).await;
        assert!(response.is(401, "credentials_invalid"), "{}", response.body);
    }
    let response = caller.post("/v1/auth/token", json!({ "username": "nobody", "password": "whatever" })).await;
    assert!(response.is(429, "rate_limited"), "{}", response.body);
    assert_eq!(response.header("retry-after"), "6");
}

struct Panics;

impl Entropy for Panics {
    fn fill(&self, _: &mut [u8]) -> Result<(), EntropyFailed> {
        panic!("a fault in a library")
    }
}

#[tokio::test]
async fn a_panic_is_a_500_like_any_other() {
    let app = TestApp::init().await;
    let broken = app.context_with(Arc::new(Panics));
    let create = CATALOGUE.iter().find(|entry| entry.name == "users_create").unwrap();
    let event = json!({
        "headers": { "content-type": "application/json" },
        "requestContext": { "requestId": "r1", "http": { "method": "POST", "sourceIp": "10.9.9.9" } },
        "body": json!({ "username": "ada", "email": "ada@example.com", "password": PASSWORD }).to_string(),
    });
    let response = create.call(&broken, &tests::permit(), event).await;
    assert_eq!(response.status, 500);
    let body: serde_json::Value = serde_json::from_str(&response.body.unwrap()).unwrap();
    assert_eq!((&body["code"], &body["request_id"]), (&json!("internal"), &json!("r1")));
    assert!(!body.to_string().contains("library"), "{body}");
}

#[tokio::test]
async fn a_request_without_an_id_gets_one() {
    let app = TestApp::init().await;
    let response = app.event("health", json!({})).await;
    assert_eq!(response.headers["x-request-id"].len(), 36);
}
