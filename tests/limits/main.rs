//! Rate limits: by address, account and user, over several processes, with wrong clocks, and during outages.
// Clippy does not know that the whole crate is test code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod account;
mod addresses;
mod buckets;
mod caching;
mod clocks;
mod expiry;
mod lists;
mod outage;
mod refused;

use serde_json::json;
use tests::{Call, Client, Response, TestApp};

/// The limit `IP 10/min` of sign-in.
const BURST: usize = 10;

/// An invalid sign-in that is counted and hashes no password: 422 if admitted, 429 if not.
async fn knock(caller: &Client) -> bool {
    admitted(&caller.post("/v1/auth/token", json!({})).await)
}

fn admitted(response: &Response) -> bool {
    match response.status {
        422 => assert!(response.is(422, "validation_failed"), "{}", response.body),
        _ => assert!(response.is(429, "rate_limited"), "{}", response.body),
    }
    response.status == 422
}

async fn sign_in(caller: &Client, name: &str, password: &str) -> Response {
    caller.post("/v1/auth/token", json!({ "username": name, "password": password })).await
}

/// The seconds that a refusal tells the client to wait.
fn retry_after(response: &Response) -> i64 {
    let text = response.header("retry-after");
    assert!(text.bytes().all(|c| c.is_ascii_digit()), "{text}");
    let seconds = text.parse().unwrap();
    assert!(seconds >= 1);
    seconds
}

/// The keys of the counters of one kind: `ip`, `user`, `subject` or `subject+ip`.
async fn keys(app: &TestApp, kind: &str) -> Vec<String> {
    let part = format!("|{kind}:");
    let items = app.items("rate_limits").await;
    let keys = items.iter().map(|item| item["key"].as_s().unwrap().clone());
    keys.filter(|key| key.contains(&part)).collect()
}

/// How many writes to counters of this kind there are.
fn writes(calls: &[Call], kind: &str) -> usize {
    let part = format!("|{kind}:");
    let key = |call: &Call| call.body["Key"]["key"]["S"].as_str().unwrap_or_default().contains(&part);
    calls.iter().filter(|call| call.is("UpdateItem", "rate_limits") && key(call)).count()
}
