//! Input from the gateway and from clients: unusual events, paths, headers and bodies all get an ordinary response.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod addresses;
mod bodies;
mod cors;
mod emails;
mod events;
mod headers;
mod hosts;
mod ids;
mod payload;
mod roles;
mod routes;
mod sizes;
mod texts;

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use tests::problems::fields;
use tests::{Client, Response, TestApp};

/// An HTTP API event (payload version 2.0) as API Gateway makes it. The members of `changes` replace its own.
fn event(method: &str, path: &str, changes: Value) -> Value {
    let mut event = json!({
        "version": "2.0",
        "routeKey": format!("{method} {path}"),
        "rawPath": path,
        "rawQueryString": "",
        "headers": { "host": "api.example.com", "content-type": "application/json" },
        "requestContext": context(method, "$default", json!("192.0.2.1")),
        "isBase64Encoded": false,
    });
    event.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    event
}

/// The `requestContext` of an event.
fn context(method: &str, stage: &str, source_ip: Value) -> Value {
    json!({
        "accountId": "123456789012",
        "apiId": "abc123",
        "domainName": "api.example.com",
        "http": { "method": method, "path": "/", "protocol": "HTTP/1.1", "sourceIp": source_ip, "userAgent": "x" },
        "requestId": "JKJaXmPLvHcESHA=",
        "stage": stage,
        "time": "01/Jan/2026:00:00:00 +0000",
        "timeEpoch": 1_767_225_600_000_i64,
    })
}

/// The headers of an event for a request of `caller`.
fn signed(caller: &Client) -> Value {
    let bearer = format!("Bearer {}", caller.token.as_ref().unwrap());
    json!({ "authorization": bearer, "content-type": "application/json" })
}

/// The response of the endpoint `name` to an event.
async fn ask(app: &TestApp, name: &str, event: Value) -> Response {
    let response = app.event(name, event).await;
    Response { status: response.status.as_u16(), headers: response.headers, body: response.body.unwrap_or_default() }
}

/// Sends any bytes as JSON, one second after the previous call, so that no limit is reached.
async fn send_raw(app: &TestApp, client: &Client, method: Method, path: &str, body: impl Into<Body>) -> Response {
    app.clock.advance_millis(1000);
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    client.request(request.body(body.into()).unwrap()).await
}

/// Asserts that the response is a complete problem document, and reveals nothing about the implementation.
#[track_caller]
fn assert_problem(response: &Response, status: u16, code: &str, case: &str) {
    assert!(response.is(status, code), "{case}: {} {}", response.status, response.body);
    assert_eq!(response.header("content-type"), "application/problem+json", "{case}");
    assert_eq!(response.header("cache-control"), "no-store", "{case}");
    assert_eq!(response.header("x-content-type-options"), "nosniff", "{case}");
    let problem = response.json();
    assert_eq!(problem["status"], status, "{case}");
    for member in ["type", "title", "detail", "request_id"] {
        assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{case}: {member}: {problem}");
    }
    assert_eq!(problem["request_id"], response.header("x-request-id"), "{case}");
    assert_eq!(problem["errors"].is_array(), status == 422, "{case}: {problem}");
    for internal in ["line", "column", "expected", "serde"] {
        assert!(!response.body.to_lowercase().contains(internal), "{case}: {}", response.body);
    }
}
