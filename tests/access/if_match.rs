//! Every endpoint that takes `If-Match`.

use api::{Entry, Method};
use catalogue::CATALOGUE;
use tests::{Client, Response, TestApp, admitted, good_call, takes_header};

async fn send(entry: &Entry, caller: &Client, call: &tests::GoodCall, tag: &str) -> Response {
    let method = entry.route.method.as_str().parse().unwrap();
    caller.send_with(method, &call.0, call.1.clone(), &[("if-match", tag)]).await
}

/// The `ETag` of the resource that the endpoint changes.
async fn tag(app: &TestApp, entry: &Entry, caller: &Client, path: &str) -> String {
    let reads = |other: &&Entry| other.route.path == entry.route.path && other.route.method == Method::Get;
    let get = CATALOGUE.iter().find(reads).unwrap_or_else(|| panic!("{} is nowhere to be read", entry.route.path));
    let reader = if get.level == entry.level { caller.clone() } else { admitted(app, get.level).await };
    let response = reader.get(path).await;
    assert_eq!(response.status, 200, "{path}");
    response.header("etag").to_owned()
}

#[tokio::test]
async fn only_the_state_that_the_client_has_seen_is_changed() {
    let app = TestApp::init().await;
    for entry in CATALOGUE.iter().filter(|entry| takes_header(entry.name, "If-Match")) {
        let caller = admitted(&app, entry.level).await;
        let call = good_call(&app, entry.name, &caller).await;
        let seen = tag(&app, entry, &caller, &call.0).await;
        assert!(seen.starts_with('"') && seen.ends_with(".0\""), "{}: {seen}", entry.name);
        let [older, weak] = [seen.replace(".0\"", ".1\""), format!("W/{seen}")];
        for wrong in ["\"\"", &older, &weak, "\"a\", \"b\""] {
            let refused = send(entry, &caller, &call, wrong).await;
            assert!(refused.is(412, "precondition_failed"), "{} {wrong}: {}", entry.name, refused.body);
        }
        assert_eq!(tag(&app, entry, &caller, &call.0).await, seen, "{}", entry.name);
        // For the limits of the endpoint.
        app.clock.advance_millis(60_000);
        let unquoted = send(entry, &caller, &call, "nonsense").await;
        assert!(unquoted.is(400, "malformed_request"), "{}: {}", entry.name, unquoted.body);
        let changed = send(entry, &caller, &call, &format!("\"a\", {seen}")).await;
        assert_eq!(changed.status, call.2, "{}: {}", entry.name, changed.body);
        if entry.route.method != Method::Delete {
            assert_eq!(changed.header("etag"), seen.replace(".0\"", ".1\""), "{}", entry.name);
            assert_eq!(tag(&app, entry, &caller, &call.0).await, changed.header("etag"), "{}", entry.name);
        }
    }
}

#[tokio::test]
async fn any_state_is_the_same_as_no_condition() {
    let app = TestApp::init().await;
    for entry in CATALOGUE.iter().filter(|entry| takes_header(entry.name, "If-Match")) {
        let caller = admitted(&app, entry.level).await;
        let call = good_call(&app, entry.name, &caller).await;
        assert_eq!(send(entry, &caller, &call, "*").await.status, call.2, "{}", entry.name);
    }
}
