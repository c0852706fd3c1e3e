//! A product is created once for each `Idempotency-Key`.

use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};
use tests::{Client, Response, TestApp};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

fn pan() -> Option<Value> {
    Some(json!({ "name": "Pan", "price": "1.00" }))
}

async fn create(client: &Client, key: &str) -> Response {
    client.send_with(Method::POST, "/v1/products", pan(), &[("idempotency-key", key)]).await
}

/// Sends `count` creates with one key, `width` at once. Returns how many were refused by the limit.
async fn creates(count: usize, width: usize) -> usize {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    let permits = Arc::new(Semaphore::new(width));
    let calls = (0..count).map(|_| {
        let (staff, permits) = (staff.clone(), permits.clone());
        async move {
            let _permit = permits.acquire().await.unwrap();
            create(&staff, "a").await
        }
    });
    let responses = calls.collect::<JoinSet<_>>().join_all().await;
    let created: Vec<&Response> = responses.iter().filter(|response| response.status == 201).collect();
    let is_limited = |response: &&Response| response.is(429, "rate_limited");
    let waits = |response: &&Response| response.is(409, "request_in_progress") && response.header("retry-after") == "1";
    let expected = |response: &&Response| response.status == 201 || is_limited(response) || waits(response);
    let other: Vec<_> = responses.iter().filter(|response| !expected(response)).map(Response::events).collect();
    assert!(other.is_empty(), "{} of {count}: {:?}", other.len(), other[0]);
    let first = created.iter().filter(|response| response.header("idempotency-replayed").is_empty()).count();
    assert_eq!(first, 1, "of {} created", created.len());
    for response in &created {
        assert_eq!(response.body, created[0].body);
        for header in ["location", "etag"] {
            assert_eq!(response.header(header), created[0].header(header));
        }
    }
    assert_eq!(app.items("products").await.len(), 1);
    assert_eq!(app.items("audit").await.len(), 1);
    let events = responses.iter().flat_map(Response::events).filter(|event| event["event"] == "products_created");
    assert_eq!(events.count(), 1);
    responses.iter().filter(is_limited).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_creates_with_one_key_twenty_at_once_make_one_product() {
    assert_eq!(creates(60, 20).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_hundred_creates_the_limit_refuses_the_rest() {
    assert_eq!(creates(200, 20).await, 140);
}

#[tokio::test]
async fn without_a_key_every_create_makes_a_product() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    let [first, second] =
        [staff.post("/v1/products", pan().unwrap()).await, staff.post("/v1/products", pan().unwrap()).await];
    assert_eq!((first.status, second.status), (201, 201));
    assert_ne!(first.header("location"), second.header("location"));
    assert!(app.items("idempotency").await.is_empty());
}

#[tokio::test]
async fn a_refused_create_leaves_its_key_unused() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    let bad = Some(json!({ "name": "", "price": "1.00" }));
    let refused = staff.send_with(Method::POST, "/v1/products", bad, &[("idempotency-key", "a")]).await;
    assert_eq!(refused.status, 422);
    let created = create(&staff, "a").await;
    assert_eq!((created.status, created.header("idempotency-replayed")), (201, ""));
}

#[tokio::test]
async fn a_replay_is_the_answer_of_then_even_after_a_change() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    let created = create(&staff, "a").await;
    let path = created.header("location").to_owned();
    assert_eq!(staff.patch(&path, json!({ "price": 2 })).await.status, 200);
    assert_eq!(create(&staff, "a").await.body, created.body);
    assert_eq!(app.superuser().await.delete(&path).await.status, 204);
    assert_eq!(create(&staff, "a").await.body, created.body);
    assert!(app.items("products").await.is_empty());
}
