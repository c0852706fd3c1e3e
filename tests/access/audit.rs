//! The audit over the whole catalogue: what staff and superusers do leaves one row, and what is refused leaves none.

use std::collections::HashMap;

use api::{Entry, Method};
use auth::Level;
use aws_sdk_dynamodb::types::AttributeValue;
use catalogue::CATALOGUE;
use serde_json::json;
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

/// Whether a row says what changed.
fn changed(row: &Row) -> bool {
    let map = |name: &str| row.get(name).and_then(|value| value.as_m().ok()).is_some_and(|map| !map.is_empty());
    map("before") || map("after")
}

/// Whether a row says what was shown.
fn shows(row: &Row) -> bool {
    row.get("shown").and_then(|value| value.as_l().ok()).is_some_and(|ids| !ids.is_empty())
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
        let is_told = if entry.route.method == Method::Get { shows } else { changed };
        match new.as_slice() {
            [row] if text(row, "request_id") == response.header("x-request-id") && is_told(row) => {}
            rows => faults.push(format!("{}: {rows:?}", entry.name)),
        }
        // The same change again changes nothing. What is answered all the same may be a read. A new resource, and what is
        // read, is another act.
        if matches!(entry.route.method, Method::Patch | Method::Put | Method::Delete) {
            caller.call(entry.route, &path, body).await;
            let changes = rows(&app, &caller).await.into_iter().filter(changed).count();
            let expected = before.iter().filter(|row| changed(row)).count() + 1;
            faults.extend((changes != expected).then(|| format!("{}: a row without a change", entry.name)));
        }
    }
    assert!(audited().count() >= 3, "the catalogue has audited endpoints");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A change of nothing answers with the account, which is a read of the data of others.
#[tokio::test]
async fn an_account_is_never_shown_without_a_row() {
    let app = TestApp::init().await;
    let (superuser, user) = (app.superuser().await, app.user().await);
    let response = superuser.patch(&format!("/v1/users/{}", user.id), json!({ "is_active": true })).await;
    assert_eq!(response.status, 200, "{}", response.body);
    let rows = rows(&app, &superuser).await;
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    assert!(text(row, "action") == "users_read" && shows(row) && !changed(row), "{row:?}");
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
