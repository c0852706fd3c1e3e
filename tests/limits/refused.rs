//! Calls that a limit refuses while reads run beside the limit: nothing is written, done or shown.

use std::time::Duration;

use api::{Entry, Limit, LimitKey};
use auth::{Clock, Level};
use catalogue::CATALOGUE;
use serde_json::json;
use tests::{Call, Client, Fault, GoodCall, TestApp, admitted, good_call};

/// Longer than every read and write that a call could make meanwhile.
const PAUSE: Duration = Duration::from_millis(150);

/// Events of a refused call. All others tell of an effect.
const EVENTS: [&str; 2] = ["request", "rate_limited"];

fn counts(call: &Call, by: LimitKey) -> bool {
    let part = format!("|{}:", by.as_str());
    call.is("UpdateItem", "rate_limits") && call.body["Key"]["key"]["S"].as_str().unwrap_or_default().contains(&part)
}

fn is_read(call: &Call) -> bool {
    ["GetItem", "BatchGetItem", "Query", "Scan"].contains(&call.operation.as_str())
}

/// The time after which a spent counter admits a call, in milliseconds.
fn step(limit: &Limit) -> i64 {
    i64::from(limit.window) * 1000 / i64::from(limit.burst) + 1
}

/// Lets the counter of this limit answer late, and as one that is spent.
fn spend(app: &TestApp, limit: Limit) {
    let tat = app.clock.now().as_millisecond() + i64::from(limit.window) * 1000;
    app.dynamo.fault(move |call| {
        let refusal = json!({
            "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
            "Item": { "tat": { "N": tat.to_string() } },
        });
        counts(call, limit.by).then_some(Fault::FailAfter(PAUSE, refusal))
    });
}

/// Makes a call that the limit refuses, and nothing else does. Returns the function's calls, and the events.
async fn refused(app: &TestApp, entry: &Entry, limit: Limit, (caller, call): (&Client, &GoodCall)) -> Vec<Call> {
    let case = format!("{} {}", entry.name, limit.by.as_str());
    spend(app, limit);
    app.dynamo.take_calls();
    let response = caller.call(entry.route, &call.0, call.1.clone()).await;
    app.dynamo.heal();
    assert!(response.is(429, "rate_limited"), "{case}: {}", response.body);
    for event in response.events() {
        assert!(EVENTS.contains(&event["event"].as_str().unwrap()), "{case}: {event}");
    }
    let calls: Vec<_> = app.dynamo.take_calls().into_iter().filter(|call| call.function == entry.name).collect();
    assert!(calls.iter().any(|call| counts(call, limit.by)), "{case}: another limit refused");
    calls
}

/// Limits are counted one after the other: those behind the refusing one are not reached.
fn assert_only_counts(entry: &Entry, limit: Limit, calls: &[Call]) {
    let place = entry.limits.iter().position(|other| other.by == limit.by).unwrap();
    for call in calls.iter().filter(|call| !is_read(call)) {
        let before = entry.limits[..=place].iter().any(|limit| counts(call, limit.by));
        assert!(before, "{} {}: {} {}", entry.name, limit.by.as_str(), call.operation, call.body);
    }
}

/// Once a process saw a counter spent, nothing is read beside it.
fn assert_reads_before(entry: &Entry, limit: Limit, calls: &[Call]) {
    let asked = calls.iter().find(|call| counts(call, limit.by)).unwrap().time.asked;
    for call in calls.iter().filter(|call| is_read(call)) {
        assert!(call.time.asked < asked, "{} {}: {} {}", entry.name, limit.by.as_str(), call.operation, call.body);
    }
}

/// Waits, and signs in again if the token is no longer recent.
async fn later(app: &TestApp, entry: &Entry, caller: &Client, millis: i64) -> Client {
    app.clock.advance_millis(millis);
    match millis > 250_000 && !matches!(entry.level, Level::Public | Level::Maybe) {
        true => app.sign_in(&caller.username).await,
        false => caller.clone(),
    }
}

#[tokio::test]
async fn a_refused_call_writes_nothing_whatever_runs_beside_the_limit() {
    let mut cases = 0;
    for entry in CATALOGUE.iter().filter(|entry| !entry.limits.is_empty()) {
        let app = TestApp::init().await;
        let caller = admitted(&app, entry.level).await;
        let call = good_call(&app, entry.name, &caller).await;
        for limit in entry.limits {
            // No other counter is known to be spent any more.
            let caller = later(&app, entry, &caller, entry.limits.iter().map(step).max().unwrap()).await;
            let calls = refused(&app, entry, *limit, (&caller, &call)).await;
            assert_only_counts(entry, *limit, &calls);
            let caller = later(&app, entry, &caller, step(limit)).await;
            let calls = refused(&app, entry, *limit, (&caller, &call)).await;
            assert_only_counts(entry, *limit, &calls);
            assert_reads_before(entry, *limit, &calls);
            cases += 1;
        }
    }
    assert!(cases >= 25, "{cases} cases");
}
