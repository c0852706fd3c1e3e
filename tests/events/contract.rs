//! Every row of the first two tables of docs/events.md, and the common fields of every request's lines.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::{Response, TestApp};

use crate::docs::{Refused, Wrong};
use crate::{TOKEN, credentials, docs, emitted, factors, failures, inputs, limits, one, passkeys, tokens};

/// Events that a refusal causes besides its own.
const BESIDES: [&str; 5] =
    ["key_not_published", "passkey_cloned", "refresh_reused", "seed_unreadable", "session_revoked"];

#[tokio::test]
async fn every_refusal_and_failure_is_as_its_row_says() {
    let (tokens, credentials, limits, failures, factors, passkeys) = tokio::join!(
        tokens::seen(),
        credentials::seen(),
        limits::seen(),
        failures::seen(),
        factors::refused(),
        passkeys::refused()
    );
    let seen = [tokens, credentials, limits, failures, factors, passkeys].concat();
    let rows = docs::refusals();
    let documented: BTreeSet<_> = rows.iter().map(|row| (row.event.as_str(), row.reason.as_str())).collect();
    let brought_about: BTreeSet<_> = seen.iter().map(|(row, _)| *row).collect();
    let untried: Vec<_> = documented.difference(&brought_about).collect();
    let unknown: Vec<_> = brought_about.difference(&documented).collect();
    assert!(
        untried.is_empty() && unknown.is_empty(),
        "rows without a scenario: {untried:?}; without a row: {unknown:?}"
    );
    assert_eq!(rows.len(), documented.len(), "a reason has two rows");
    let names: BTreeSet<&str> = rows.iter().map(|row| row.event.as_str()).collect();
    for (refusal, response) in &seen {
        let row = rows.iter().find(|row| (row.event.as_str(), row.reason.as_str()) == *refusal).unwrap();
        check_refusal(row, response, &names);
    }
}

fn check_refusal(row: &Refused, response: &Response, names: &BTreeSet<&str>) {
    let lines = response.events();
    let Refused { event, reason, status, code, .. } = row;
    assert!(response.is(*status, code), "{event} {reason}: {} {}", response.status, response.body);
    let refusals: Vec<&Value> = lines.iter().filter(|line| names.contains(line["event"].as_str().unwrap())).collect();
    let [line] = refusals[..] else { panic!("{event} {reason}: {} events of refusal: {lines:#?}", refusals.len()) };
    assert_eq!(
        (&line["event"], &line["reason"], &line["code"]),
        (&event.as_str().into(), &reason.as_str().into(), &code.as_str().into()),
        "{lines:#?}"
    );
    let others = lines.iter().filter(|line| !BESIDES.contains(&line["event"].as_str().unwrap())).count();
    assert_eq!(others, 2, "{event} {reason}: {lines:#?}");
    assert_eq!(line["level"], if *status < 500 { "WARN" } else { "ERROR" }, "{line:#}");
    assert_eq!(line["cause"].is_string(), *status >= 500, "{line:#}");
    assert_eq!(
        line["retry_after"].as_i64().map(|seconds| seconds.to_string()).unwrap_or_default(),
        if *status == 429 { response.header("retry-after") } else { "" },
        "{line:#}"
    );
    assert!(line["address"].as_str().is_some_and(|address| address.starts_with("10.")), "{line:#}");
    // Levels are judged after the token, so the user or the service key is known.
    let judged = ["role_refused", "reauthentication_required"].contains(&event.as_str());
    assert!(!judged || line["user"].is_string() != line["agent"].is_string(), "{line:#}");
    check_request_line(&lines, reason, *status);
    let mut counted: Vec<_> = row.metrics.iter().map(|name| (name.clone(), 1)).collect();
    counted.sort();
    assert_eq!(emitted::counts(&lines), counted, "{event} {reason}: {lines:#?}");
}

#[track_caller]
fn check_request_line(lines: &[Value], reason: &str, status: u16) {
    let request = one(lines, "request");
    assert_eq!((&request["reason"], &request["status"]), (&reason.into(), &status.into()), "{request:#}");
    assert_eq!(request["level"], "INFO");
    let (ids, routes): (BTreeSet<_>, BTreeSet<_>) =
        lines.iter().map(|line| (line["request_id"].as_str().unwrap(), line["route"].as_str().unwrap())).unzip();
    assert!(ids.len() == 1 && routes.len() == 1, "{lines:#?}");
    assert_eq!(request["duration_ms"], request["Latency"]);
}

#[tokio::test]
async fn every_input_error_has_its_request_line_and_no_more() {
    let seen = [inputs::seen().await, factors::inputs().await, passkeys::inputs().await].concat();
    let rows = docs::input_errors();
    let documented: BTreeSet<&str> = rows.iter().map(|row| row.reason.as_str()).collect();
    let brought_about: BTreeSet<&str> = seen.iter().map(|(reason, _)| *reason).collect();
    assert_eq!(documented, brought_about, "rows, and scenarios");
    assert_eq!(rows.len(), documented.len(), "a reason has two rows");
    for (name, response) in &seen {
        let Wrong { reason, status } = rows.iter().find(|row| row.reason == *name).unwrap();
        assert!(response.is(*status, reason), "{reason}: {} {}", response.status, response.body);
        let lines = response.events();
        assert_eq!(lines.len(), 1, "{lines:#?}");
        check_request_line(&lines, reason, *status);
        assert_eq!(emitted::counts(&lines), [], "{lines:#?}");
    }
}

#[tokio::test]
async fn the_lines_in_the_docs_look_like_real_ones() {
    let app = TestApp::init().await;
    let (user, anyone) = (app.user().await, app.anon());
    let me = || user.get("/v1/users/me");
    me().await;
    let good = one(&me().await.events(), "request").clone();
    let mut response = anyone.post(TOKEN, json!({})).await;
    while response.status == 422 {
        response = anyone.post(TOKEN, json!({})).await;
    }
    let refused = one(&response.events(), "rate_limited").clone();
    let examples = docs::examples();
    assert_eq!(examples.len(), 2);
    for (example, real) in examples.iter().zip([good, refused]) {
        let members = |line: &Value| line.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(members(example), members(&real));
        for name in ["level", "event", "reason", "code", "status", "retry_after", "name", "route", "Refusals"] {
            assert_eq!(example[name], real[name], "{name}");
        }
        let directives = |line: &Value| line["_aws"]["CloudWatchMetrics"].to_string();
        assert_eq!(directives(example).replace("SecureEndpoints/api", "Tests"), directives(&real));
    }
}
