//! Rate limits: how many pass, from where, by which name, and what happens while their counters are out of reach.
// This crate is test code as a whole, which clippy can't see.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod account;
mod addresses;
mod buckets;
mod caching;
mod clocks;
mod expiry;
mod outage;

use serde_json::json;
use tests::{Call, Client, Response, TestApp};

/// `IP 10/min` of sign-in.
const BURST: usize = 10;

/// A sign-in that is only counted: 422 if it is admitted, which takes no hash, and 429 if it is not.
async fn knock(caller: &Client) -> bool {
    admitted(&caller.post("/v1/auth/token", json!({})).await)
}

fn admitted(answer: &Response) -> bool {
    match answer.status {
        422 => assert!(answer.is(422, "validation_failed"), "{}", answer.body),
        _ => assert!(answer.is(429, "rate_limited"), "{}", answer.body),
    }
    answer.status == 422
}

async fn sign_in(caller: &Client, name: &str, password: &str) -> Response {
    caller.post("/v1/auth/token", json!({ "username": name, "password": password })).await
}

/// The whole seconds that a refusal says to wait.
fn retry_after(answer: &Response) -> i64 {
    let text = answer.header("retry-after");
    assert!(text.bytes().all(|c| c.is_ascii_digit()), "{text}");
    let seconds = text.parse().unwrap();
    assert!(seconds >= 1);
    seconds
}

/// The counters' keys, by what they count: `ip`, `user`, `subject` or `subject+ip`.
async fn keys(app: &TestApp, kind: &str) -> Vec<String> {
    let part = format!("|{kind}:");
    let items = app.items("rate_limits").await;
    let keys = items.iter().map(|item| item["key"].as_s().unwrap().clone());
    keys.filter(|key| key.contains(&part)).collect()
}

/// The writes to counters of a kind.
fn writes(calls: &[Call], kind: &str) -> usize {
    let part = format!("|{kind}:");
    let key = |call: &Call| call.body["Key"]["key"]["S"].as_str().unwrap_or_default().contains(&part);
    calls.iter().filter(|call| call.is("UpdateItem", "rate_limits") && key(call)).count()
}
