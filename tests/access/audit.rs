//! The audit over the whole catalogue: what staff and superusers do leaves one row, and what is refused leaves none.

use std::collections::HashMap;

use api::{Entry, Method};
use auth::Level;
use aws_sdk_dynamodb::types::AttributeValue;
use catalogue::CATALOGUE;
use tests::{Client, TestApp, admitted, good_call};

/// The endpoints that show or change what is not the caller's own.
fn audited() -> impl Iterator<Item = &'static Entry> {
    let entries =
        CATALOGUE.iter().filter(|entry| matches!(entry.level, Level::Staff | Level::Superuser | Level::Agent));
    // A function that reads the audit can't write it.
    entries.filter(|entry| !entry.uses().iter().any(|part| part.name == "AuditLog"))
}

type Row = HashMap<String, AttributeValue>;

async fn rows(app: &TestApp, caller: &Client) -> Vec<Row> {
    let actor = AttributeValue::S(format!("users/{}", caller.id));
    app.items("audit").await.into_iter().filter(|row| row.get("actor") == Some(&actor)).collect()
}

fn text<'a>(row: &'a Row, name: &str) -> &'a str {
    row.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str)
}

/// Whether a row says what was shown, or what changed.
fn tells(entry: &Entry, row: &Row) -> bool {
    let map = |name: &str| row.get(name).and_then(|value| value.as_m().ok()).is_some_and(|map| !map.is_empty());
    let shown = row.get("shown").and_then(|value| value.as_l().ok()).is_some_and(|ids| !ids.is_empty());
    if entry.route.method == Method::Get { shown } else { map("before") || map("after") }
}

#[tokio::test]
async fn what_staff_and_superusers_do_leaves_exactly_one_row() {
    let app = TestApp::init().await;
    let mut faults = Vec::new();
    for entry in audited() {
        let caller = admitted(&app, entry.level).await;
        let (path, body, success) = good_call(&app, entry.name, &caller).await;
        let before = rows(&app, &caller).await;
        let response = caller.call(entry.route, &path, body.clone()).await;
        assert_eq!(response.status, success, "{}: {}", entry.name, response.body);
        let new: Vec<Row> = rows(&app, &caller).await.into_iter().filter(|row| !before.contains(row)).collect();
        match new.as_slice() {
            [row] if text(row, "request_id") == response.header("x-request-id") && tells(entry, row) => {}
            rows => faults.push(format!("{}: {rows:?}", entry.name)),
        }
        // The same change again changes nothing. A new resource, and what is read, is another act.
        if matches!(entry.route.method, Method::Patch | Method::Put | Method::Delete) {
            caller.call(entry.route, &path, body).await;
            let rows = rows(&app, &caller).await.len();
            faults.extend((rows != before.len() + 1).then(|| format!("{}: a row without a change", entry.name)));
        }
    }
    assert!(audited().count() >= 3, "the catalogue has audited endpoints");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn what_is_refused_leaves_no_row() {
    let app = TestApp::init().await;
    for entry in audited() {
        let admitted = admitted(&app, entry.level).await;
        let (path, body, _) = good_call(&app, entry.name, &admitted).await;
        for caller in [app.anon(), app.user().await, admitted.with_token("not.a.token")] {
            let before = app.items("audit").await.len();
            let response = caller.call(entry.route, &path, body.clone()).await;
            assert!((400..500).contains(&response.status), "{}: {}", entry.name, response.status);
            assert_eq!(app.items("audit").await.len(), before, "{}", entry.name);
        }
    }
}

/// A read whose row can't be written shows nothing.
#[tokio::test]
async fn without_its_row_no_data_are_shown() {
    let app = TestApp::init().await;
    for entry in audited().filter(|entry| entry.route.method == Method::Get) {
        let caller = admitted(&app, entry.level).await;
        let (path, body, _) = good_call(&app, entry.name, &caller).await;
        app.dynamo.fault(|call| {
            let audit = call.body["TableName"].as_str().is_some_and(|table| table.ends_with("audit"));
            audit.then_some(tests::Fault::Refuse("InternalServerError"))
        });
        let response = caller.call(entry.route, &path, body).await;
        app.dynamo.heal();
        assert!(response.is(503, "unavailable"), "{}: {} {}", entry.name, response.status, response.body);
    }
}
