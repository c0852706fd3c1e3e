//! docs/events.md is the contract of the log. These tests cause every row of its tables, and compare the log lines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod alarms;
mod contract;
mod credentials;
mod docs;
mod emitted;
mod errors;
mod factors;
mod failures;
mod inputs;
mod limits;
mod measures;
mod passkeys;
mod sources;
mod tokens;

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Client, Response, TestApp};

/// The responses of scenarios, each with the row of docs/events.md that it should cause.
type Seen<Row> = Vec<(Row, Response)>;

/// Event and reason.
type Refusal = (&'static str, &'static str);

/// An endpoint for any signed-in user.
const SIGNED_IN: &str = "/v1/users/me";
const TOKEN: &str = "/v1/auth/token";
const REFRESH: &str = "/v1/auth/token/refresh";
const PASSWORD_CHANGE: &str = "/v1/users/me/password";

async fn sign_in(caller: &Client, name: &str, password: &str) -> Response {
    caller.post(TOKEN, json!({ "username": name, "password": password })).await
}

async fn refresh(caller: &Client, token: &str) -> Response {
    caller.post(REFRESH, json!({ "refresh_token": token })).await
}

fn seconds(app: &TestApp, seconds: i64) {
    app.clock.advance(SignedDuration::from_secs(seconds));
}

/// The only line of an event.
#[track_caller]
fn one<'a>(lines: &'a [Value], event: &str) -> &'a Value {
    let found: Vec<&Value> = lines.iter().filter(|line| line["event"] == event).collect();
    let [line] = found[..] else { panic!("{} lines {event}: {lines:#?}", found.len()) };
    line
}

/// A password that no user has.
const WRONG: &str = "wrong-password";
