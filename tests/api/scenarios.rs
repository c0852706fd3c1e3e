//! The scenarios that the project began with, and what holds for every call.

use std::sync::Arc;

use api::App;
use auth::{Entropy, EntropyFailed};
use catalogue::CATALOGUE;
use serde_json::json;
use tests::TestApp;

#[tokio::test]
async fn public_list_is_200() {
    let app = TestApp::init().await;
    assert_eq!(app.anon().get("/v1/products").await.status, 200);
}

#[tokio::test]
async fn favourites_with_a_token_are_200() {
    let app = TestApp::init().await;
    assert_eq!(app.user().await.get("/v1/products/favorites").await.status, 200);
}

#[tokio::test]
async fn create_as_user_is_403() {
    let app = TestApp::init().await;
    let answer = app.user().await.post("/v1/products", json!({ "name": "Pan", "price": "19.90" })).await;
    assert!(answer.is(403, "staff_required"), "{}", answer.body);
    assert_eq!(app.items("products").await.len(), 0);
}

#[tokio::test]
async fn create_as_staff_is_201() {
    let app = TestApp::init().await;
    let answer = app.staff().await.post("/v1/products", json!({ "name": "Pan", "price": "19.90" })).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert_eq!(app.items("products").await.len(), 1);
}

#[tokio::test]
async fn delete_as_staff_is_403() {
    let app = TestApp::init().await;
    let product = app.product("Pan").await;
    let answer = app.staff().await.delete(&format!("/v1/products/{product}")).await;
    assert!(answer.is(403, "superuser_required"), "{}", answer.body);
    assert_eq!(app.items("products").await.len(), 1);
}

#[tokio::test]
async fn delete_as_superuser_is_204() {
    let app = TestApp::init().await;
    let product = app.product("Pan").await;
    let answer = app.superuser().await.delete(&format!("/v1/products/{product}")).await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert_eq!(app.items("products").await.len(), 0);
}

#[tokio::test]
async fn eleventh_sign_in_at_one_instant_from_one_address_is_429() {
    let app = TestApp::init().await;
    let caller = app.anon();
    for _ in 0..10 {
        let answer = caller.post("/v1/auth/token", json!({ "username": "nobody", "password": "whatever" })).await;
        assert!(answer.is(401, "credentials_invalid"), "{}", answer.body);
    }
    let answer = caller.post("/v1/auth/token", json!({ "username": "nobody", "password": "whatever" })).await;
    assert!(answer.is(429, "rate_limited"), "{}", answer.body);
    assert_eq!(answer.header("retry-after"), "6");
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
    let staff = app.staff().await;
    let broken = App::new::<api::Everything>(&app.settings, app.clock.clone(), Arc::new(Panics)).unwrap();
    let create = CATALOGUE.iter().find(|entry| entry.name == "products_create").unwrap();
    let event = json!({
        "headers": {
            "authorization": format!("Bearer {}", staff.token.as_deref().unwrap()),
            "content-type": "application/json",
        },
        "requestContext": { "requestId": "r1", "http": { "method": "POST", "sourceIp": "10.9.9.9" } },
        "body": r#"{"name":"Pan","price":"1"}"#,
    });
    let answer = create.call(&broken, event).await;
    assert_eq!(answer.status, 500);
    let body: serde_json::Value = serde_json::from_str(&answer.body.unwrap()).unwrap();
    assert_eq!((&body["code"], &body["request_id"]), (&json!("internal"), &json!("r1")));
    assert!(!body.to_string().contains("library"), "{body}");
}

#[tokio::test]
async fn a_request_without_an_id_gets_one() {
    let app = TestApp::init().await;
    let answer = app.event("products_list", json!({})).await;
    assert_eq!(answer.headers["x-request-id"].len(), 36);
}
