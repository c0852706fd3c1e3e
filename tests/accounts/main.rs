//! The life of accounts: roles, sign-in protection, jobs, erasure, signing keys.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod audit;
mod aws;
mod closed_sign_up;
mod conflicts;
mod data;
mod demotion;
mod erasure;
mod factor_notices;
mod invitations;
mod jobs;
mod keys;
mod mail_counters;
mod notices;
mod operators;
mod protection;
mod remains;
mod unreadable;
mod unverified;

use auth::UserId;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::problems::fields;
use tests::{Client, PASSWORD, Response, TestApp};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

const ME: &str = "/v1/users/me";

async fn sign_in(caller: &Client, name: &str, password: &str) -> Response {
    caller.post("/v1/auth/token", json!({ "username": name, "password": password })).await
}

async fn refresh(caller: &Client) -> Response {
    caller.post("/v1/auth/token/refresh", json!({ "refresh_token": caller.refresh_token })).await
}

fn seconds(app: &TestApp, seconds: i64) {
    app.clock.advance(SignedDuration::from_secs(seconds));
}

/// Asserts that the caller's tokens and password are refused.
async fn assert_dead(app: &TestApp, caller: &Client) {
    assert!(caller.get(ME).await.is(401, "token_invalid"));
    assert!(refresh(caller).await.is(401, "token_invalid"));
    let response = sign_in(&app.anon(), &caller.username, PASSWORD).await;
    assert!(response.is(401, "credentials_invalid"), "{}", response.body);
}

async fn set_flag(app: &TestApp, user: UserId, flag: &str, value: bool) {
    app.set("users", ("id", &user.to_string()), flag, AttributeValue::Bool(value)).await;
}

/// The stored flag of a user.
async fn flag(app: &TestApp, user: UserId, flag: &str) -> bool {
    let id = AttributeValue::S(user.to_string());
    let users = app.items("users").await;
    *users.iter().find(|item| item["id"] == id).unwrap()[flag].as_bool().unwrap()
}

/// Sets a flag of a user after a request has passed all checks: just before its first `operation` on users. Needs a
/// runtime with several threads, because that operation waits meanwhile.
fn set_just_before(app: &TestApp, operation: &'static str, user: UserId, flag: &'static str, value: bool) {
    let update = app.database.update_item().table_name(format!("{}users", app.prefix));
    let update = update
        .key("id", AttributeValue::S(user.to_string()))
        .update_expression("SET #a = :v")
        .expression_attribute_names("#a", flag)
        .expression_attribute_values(":v", AttributeValue::Bool(value));
    let mut update = Some(update);
    app.dynamo.fault(move |call| {
        if call.is(operation, "users")
            && let Some(update) = update.take()
        {
            block_in_place(|| _ = Handle::current().block_on(update.send()).unwrap());
        }
        None
    });
}

/// The response without the parts that differ in every request.
fn look(response: &Response) -> (u16, Value, Vec<(String, String)>) {
    let mut body = response.json();
    body.as_object_mut().unwrap().remove("request_id");
    let headers =
        response.headers.iter().filter(|(name, _)| !["apigw-requestid", "x-request-id"].contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let mut headers: Vec<_> = headers.collect();
    headers.sort();
    (response.status, body, headers)
}
