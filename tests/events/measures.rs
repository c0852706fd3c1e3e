//! Exact values of the metrics that have no row in the table of refusals, and of the metrics that alarms watch.

use std::collections::BTreeSet;

use catalogue::METRICS;
use serde_json::{Value, json};
use tests::{Client, Fault, Response, TestApp};

use crate::{docs, emitted, one};

/// A public endpoint that reads a table.
const PUBLIC: &str = "/.well-known/jwks.json";

fn metrics(response: &Response) -> Vec<(String, i64)> {
    emitted::metrics(&response.events())
}

fn named(metrics: &[(&str, i64)]) -> Vec<(String, i64)> {
    metrics.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

/// A call of a function that is already warm.
async fn warm(caller: &Client) -> Response {
    let response = caller.get(PUBLIC).await;
    assert_eq!(response.status, 200, "{}", response.body);
    response
}

#[test]
fn every_metric_is_documented_as_it_is_defined() {
    let defined =
        METRICS.iter().copied().flatten().map(|m| (m.name.to_owned(), m.unit.to_owned(), m.by.map(str::to_owned)));
    assert_eq!(docs::metrics().into_iter().collect::<BTreeSet<_>>(), defined.collect());
}

#[tokio::test]
async fn latency_is_the_time_from_event_to_response_by_route() {
    let app = TestApp::init().await;
    let caller = app.anon();
    warm(&caller).await;
    let clock = app.clock.clone();
    app.dynamo.fault(move |call| {
        if call.is("Scan", "signing_keys") {
            clock.advance_millis(1234);
        }
        None
    });
    let response = warm(&caller).await;
    let lines = response.events();
    assert_eq!(lines.len(), 1, "a request that is not refused has one line: {lines:#?}");
    let line = one(&lines, "request");
    assert_eq!((&line["duration_ms"], &line["reason"], &line["status"]), (&json!(1234), &json!("ok"), &json!(200)));
    assert_eq!(line["route"], "GET /.well-known/jwks.json");
    assert_eq!(metrics(&response), named(&[("Latency", 1234)]));
    app.dynamo.heal();
    assert_eq!(metrics(&warm(&caller).await), named(&[("Latency", 0)]));
}

#[tokio::test]
async fn the_first_request_of_each_functions_process_is_a_cold_start() {
    let app = TestApp::init().await;
    let second = app.second_process();
    let (cold, warm) = (named(&[("ColdStarts", 1), ("Latency", 0)]), named(&[("Latency", 0)]));
    let health = "/v1/health";
    for (process, path, expected) in [
        (&app, PUBLIC, &cold),
        (&app, PUBLIC, &warm),
        (&app, health, &cold),
        (&app, health, &warm),
        (&second, PUBLIC, &cold),
        (&second, PUBLIC, &warm),
        (&app, PUBLIC, &warm),
    ] {
        let response = process.anon().get(path).await;
        assert_eq!((response.status, &metrics(&response)), (200, expected), "{path}");
        let is_said = one(&response.events(), "request")["cold_start"] == true;
        assert_eq!(is_said, expected == &cold, "{path}");
    }
    // The first request can also be a refused one, or an event that is not HTTP.
    let refused = app.anon().get("/v1/users/me").await;
    assert_eq!(metrics(&refused), named(&[("ColdStarts", 1), ("Latency", 0), ("Refusals", 1)]));
    let response = second.event("openapi", json!("no event")).await;
    let id = response.headers["x-request-id"].to_str().unwrap();
    assert_eq!(emitted::metrics(&tests::record::events(id)), cold);
}

#[tokio::test]
async fn a_limiter_that_fails_open_is_counted_and_with_it_a_database_that_throttles() {
    let app = TestApp::init().await;
    let (superuser, path) = (app.superuser().await, format!("/v1/users/{}", app.user().await.id));
    let change = async |is_staff: bool| superuser.patch(&path, json!({ "is_staff": is_staff })).await;
    assert_eq!(change(true).await.status, 200);
    for (is_staff, code, reason, counted) in [
        (false, "InternalServerError", "limiter", &[("LimiterFailedOpen", 1)][..]),
        (true, "ThrottlingException", "database_throttled", &[("DatabaseThrottles", 1), ("LimiterFailedOpen", 1)]),
    ] {
        app.dynamo.fault(move |call| call.is("UpdateItem", "rate_limits").then_some(Fault::Refuse(code)));
        let response = change(is_staff).await;
        assert_eq!(response.status, 200, "{}", response.body);
        let lines = response.events();
        let line = one(&lines, "limiter_failed_open");
        assert_eq!(
            (&line["reason"], &line["limit"], &line["level"]),
            (&reason.into(), &json!("user"), &json!("ERROR"))
        );
        assert_eq!(one(&lines, "request")["reason"], "ok");
        // A third line names the change.
        assert_eq!((lines.len(), emitted::counts(&lines)), (3, named(counted)), "{lines:#?}");
    }
    // Two throttled calls in one request count twice.
    app.dynamo.fault(|call| {
        let writes = call.is("UpdateItem", "rate_limits") || call.is("TransactWriteItems", "users");
        writes.then_some(Fault::Refuse("ThrottlingException"))
    });
    let response = change(false).await;
    assert!(response.is(503, "unavailable"), "{}", response.body);
    let lines: Vec<Value> = response.events();
    let counted = [("DatabaseThrottles", 1), ("DatabaseThrottles", 1), ("LimiterFailedOpen", 1), ("ServerErrors", 1)];
    assert_eq!(emitted::counts(&lines), named(&counted), "{lines:#?}");
}
