//! However many dead rows there are, each call reads a bounded number of items.

use std::collections::HashMap;

use api::Method;
use auth::Roles;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use catalogue::CATALOGUE;
use serde_json::Value;
use tests::{Call, Client, TestApp};

use crate::{ids, next};

type Item = HashMap<String, AttributeValue>;

const DEAD: u32 = 2_000;

fn text(text: impl ToString) -> AttributeValue {
    AttributeValue::S(text.to_string())
}

fn uuid(at: u32) -> String {
    format!("01900000-0000-7000-8000-{at:012}")
}

async fn insert(app: &TestApp, table: &str, items: impl Iterator<Item = Item>) {
    let put = |item| WriteRequest::builder().put_request(PutRequest::builder().set_item(Some(item)).build().unwrap());
    let all: Vec<_> = items.map(|item| put(item).build()).collect();
    for some in all.chunks(25) {
        let requests = HashMap::from([(format!("{}{table}", app.prefix), some.to_vec())]);
        let written = app.database.batch_write_item().set_request_items(Some(requests)).send().await.unwrap();
        assert!(written.unprocessed_items.unwrap_or_default().is_empty());
    }
}

/// Adds revoked sessions and favourites of deleted products to this user, and erased accounts.
async fn add_dead_rows(app: &TestApp, user: &Client) {
    let first = |items: Vec<Item>| items.into_iter().next().unwrap();
    let with = |item: &Item, id: u32, name: &str, value: AttributeValue| {
        let mut item = item.clone();
        item.extend([("id".to_owned(), text(uuid(id))), (name.to_owned(), value)]);
        item
    };
    let (session, account) = (first(app.items("sessions").await), first(app.items("users").await));
    let at = |at: u32| AttributeValue::N(at.to_string());
    insert(app, "sessions", (0..DEAD).map(|id| with(&session, id, "revoked_at", at(1)))).await;
    insert(app, "users", (0..DEAD).map(|id| with(&account, id, "erased_at", at(1)))).await;
    let favorite = |id| {
        let ids = [("user_id".to_owned(), text(user.id)), ("product_id".to_owned(), text(uuid(id)))];
        Item::from_iter(ids.into_iter().chain([("added_at".to_owned(), at(id))]))
    };
    insert(app, "favorites", (0..DEAD).map(favorite)).await;
}

/// How many positions of an index or table, and how many single items, a call may read.
fn may_read(call: &Call) -> (usize, usize) {
    match call.operation.as_str() {
        // Only an operator adds keys, and they expire.
        "Scan" if call.is("Scan", "signing_keys") => (0, 0),
        "Query" | "Scan" => (call.body["Limit"].as_u64().unwrap_or(u64::MAX).try_into().unwrap(), 0),
        "BatchGetItem" => {
            let tables = call.body["RequestItems"].as_object().unwrap();
            (0, tables.values().map(|keys| keys["Keys"].as_array().map_or(0, Vec::len)).sum())
        }
        _ => (0, 1),
    }
}

fn read_since(app: &TestApp) -> (usize, usize) {
    let reads: Vec<_> = app.dynamo.take_calls().iter().map(may_read).collect();
    reads.iter().fold((0, 0), |all, one| (all.0.saturating_add(one.0), all.1 + one.1))
}

#[tokio::test]
async fn no_call_reads_more_than_a_bounded_number_of_items() {
    let app = TestApp::init().await;
    let user = app.with_roles(Roles { is_staff: true, is_superuser: true }).await;
    add_dead_rows(&app, &user).await;
    let lists = CATALOGUE.iter().filter(|entry| entry.route.method == Method::Get && !entry.route.path.contains('{'));
    let mut walked = 0;
    for entry in lists {
        let (mut path, mut pages, mut found) = (entry.route.path.to_owned(), 0, Vec::new());
        loop {
            app.dynamo.take_calls();
            let response = user.get(&path).await;
            assert_eq!(response.status, 200, "{path}: {}", response.body);
            let (positions, items) = read_since(&app);
            assert!(positions <= dynamo::POSITIONS, "{path}: {positions} positions");
            // The caller's own account, session and limit are read, too.
            assert!(items <= dynamo::POSITIONS + 5, "{path}: {items} items");
            pages += 1;
            assert!(pages < 30, "{path} never ends");
            if matches!(response.json(), Value::Array(_)) {
                found.extend(ids(&response));
            }
            match next(&response) {
                Some(next) => path = next,
                None => break,
            }
        }
        let living = usize::from(["/v1/users", "/v1/auth/sessions"].contains(&entry.route.path));
        assert_eq!(found.len(), living, "{}", entry.route.path);
        walked += usize::from(pages > 5);
    }
    assert_eq!(walked, 3, "lists with dead rows");
}
