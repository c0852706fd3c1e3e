//! How much a call reads, counted from DynamoDB's responses, and the dead rows for such tests.

use std::collections::HashMap;

use api::Method;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use catalogue::CATALOGUE;
use serde_json::Value;

use crate::app::TestApp;
use crate::client::{Client, Response};
use crate::dynamo::Consumed;
use crate::lists::{ids, next};

/// An item of DynamoDB.
pub type Item = HashMap<String, AttributeValue>;

/// The most positions or items that any single call to DynamoDB reads.
const PER_CALL: usize = dynamo::POSITIONS;

/// How many items a list reads besides those of its page: the caller's account, session and limit, and the counter's
/// next state.
const BESIDES: usize = 5;

/// A valid id, a different one for each number.
pub fn uuid(at: u32) -> String {
    format!("01900000-0000-7000-8000-{at:012}")
}

/// Copies of an item, each with another id and with these attributes.
pub fn copies(item: &Item, count: u32, attributes: &[(&str, AttributeValue)]) -> Vec<Item> {
    let copy = |at| {
        let mut item = item.clone();
        item.insert("id".to_owned(), AttributeValue::S(uuid(at)));
        item.extend(attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        item
    };
    (0..count).map(copy).collect()
}

/// Writes items directly into a table.
pub async fn insert(app: &TestApp, table: &str, items: Vec<Item>) {
    let put = |item| WriteRequest::builder().put_request(PutRequest::builder().set_item(Some(item)).build().unwrap());
    let all: Vec<_> = items.into_iter().map(|item| put(item).build()).collect();
    for some in all.chunks(25) {
        let requests = HashMap::from([(format!("{}{table}", app.prefix), some.to_vec())]);
        let written = app.database.batch_write_item().set_request_items(Some(requests)).send().await.unwrap();
        assert!(written.unprocessed_items.unwrap_or_default().is_empty());
    }
}

/// Asserts that each of these calls has a bound. Returns how many positions the queries and scans read, and how many
/// items all other calls together.
#[track_caller]
pub fn read_by(calls: &[Consumed], what: &str) -> (usize, usize) {
    let (mut positions, mut items) = (0, 0);
    for call in calls {
        assert!(call.read <= PER_CALL, "{what}: {call:?}");
        if ["Query", "Scan"].contains(&call.operation.as_str()) {
            let limit = call.limit.unwrap_or_else(|| panic!("{what}: without a limit: {call:?}"));
            assert!(limit <= PER_CALL as u64, "{what}: {call:?}");
            positions += call.read;
        } else {
            items += call.read;
        }
    }
    (positions, items)
}

/// The paths of all GET routes without parameters in the path, with the query that a route demands.
pub fn paths() -> impl Iterator<Item = &'static str> {
    let gets = CATALOGUE.iter().filter(|entry| entry.route.method == Method::Get);
    let paths = gets.map(|entry| entry.route.path).filter(|path| !path.contains('{'));
    paths.map(|path| if path == "/v1/audit" { "/v1/audit?subject=users" } else { path })
}

/// Reads a list page by page, or any other resource once. Asserts that each request reads at most `most` positions, and
/// as many items besides the caller's own. Returns the responses.
pub async fn walk(app: &TestApp, caller: &Client, path: &str, most: usize) -> Vec<Response> {
    let (mut path, mut pages) = (path.to_owned(), Vec::new());
    loop {
        app.dynamo.measure();
        let response = caller.get(&path).await;
        let (positions, items) = read_by(&app.dynamo.take_consumed(), &path);
        assert_eq!(response.status, 200, "{path}: {}", response.body);
        assert!(positions <= most, "{path}: {positions} positions");
        assert!(items <= most + BESIDES, "{path}: {items} items");
        let more = next(&response);
        pages.push(response);
        assert!(pages.len() < 30, "{path} never ends");
        match more {
            Some(next) => path = next,
            None => return pages,
        }
    }
}

/// A call: the operation and its table, how many positions or items it read, and the units that it cost.
pub type Read = (String, usize, f64);

/// The first page of a list, which must be full and name a next page, and the calls that read it. Without the calls of
/// every request: the caller's account and session, and the limit.
pub async fn full_page(app: &TestApp, caller: &Client, path: &str, limit: usize) -> Vec<Read> {
    app.dynamo.measure();
    let page = caller.get(&format!("{path}?limit={limit}")).await;
    let calls = app.dynamo.take_consumed();
    assert_eq!((ids(&page).len(), next(&page).is_some()), (limit, true), "{path}");
    let of_the_list =
        calls.into_iter().filter(|call| !["sessions+users", "rate_limits"].contains(&call.tables.as_str()));
    of_the_list.map(|call| (format!("{} {}", call.operation, call.tables), call.read, call.units)).collect()
}

/// How many items are on all pages.
pub fn found(pages: &[Response]) -> usize {
    let lists = pages.iter().filter(|page| matches!(page.json(), Value::Array(_)));
    lists.map(|page| ids(page).len()).sum()
}
