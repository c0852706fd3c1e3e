//! However many dead rows there are, each call of an endpoint, worker or command reads a bounded number of items.

use api::Limiter;
use auth::Roles;
use aws_sdk_dynamodb::types::AttributeValue;
use dynamo::Erasure;
use identity::SigningKeys;
use jiff::SignedDuration;
use serde_json::json;
use tests::bounded::{Item, copies, found, full_page, insert, paths, read_by, walk};
use tests::{PASSWORD, TestApp};

use crate::assert_unavailable;

const DEAD: u32 = 2_000;
const JWKS: &str = "/.well-known/jwks.json";

fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

async fn first(app: &TestApp, table: &str) -> Item {
    app.items(table).await.into_iter().next().unwrap()
}

/// Copies of a row, each with another text in its key.
fn renamed(item: &Item, count: usize, key: &str, name: impl Fn(usize) -> String) -> Vec<Item> {
    let copy = |at| {
        let mut item = item.clone();
        item.insert(key.to_owned(), AttributeValue::S(name(at)));
        item
    };
    (0..count).map(copy).collect()
}

/// Adds keys whose lease is over.
async fn add_dead_keys(app: &TestApp, count: usize) {
    let mut key = first(app, "signing_keys").await;
    key.insert("lease_until".to_owned(), number(1));
    insert(app, "signing_keys", renamed(&key, count, "kid", |at| format!("{at:043}"))).await;
}

#[tokio::test]
async fn no_request_reads_more_than_a_bounded_number_of_items() {
    let app = TestApp::init().await;
    let user = app.with_roles(Roles { is_staff: true, is_superuser: true }).await;
    let (session, account) = (first(&app, "sessions").await, first(&app, "users").await);
    insert(&app, "sessions", copies(&session, DEAD, &[("revoked_at", number(1))])).await;
    insert(&app, "users", copies(&account, DEAD, &[("erased_at", number(1))])).await;
    add_dead_keys(&app, SigningKeys::MOST - 2).await;
    for path in paths() {
        let most = if path == JWKS { SigningKeys::MOST } else { dynamo::POSITIONS };
        let pages = walk(&app, &user, path, most).await;
        let has_dead_rows = ["/v1/users", "/v1/auth/sessions"].contains(&path);
        assert_eq!((found(&pages), pages.len() > 5), (usize::from(has_dead_rows), has_dead_rows), "{path}");
        if path == JWKS {
            assert_eq!(pages[0].json()["keys"].as_array().unwrap().len(), 1);
        }
    }
}

/// A part of the keys would be worse than none, because verifiers would forget the keys that they have.
#[tokio::test]
async fn too_many_keys_are_no_answer_and_tokens_stay_valid() {
    let app = TestApp::init().await;
    let user = app.user().await;
    add_dead_keys(&app, DEAD as usize).await;
    app.dynamo.measure();
    let response = app.anon().get(JWKS).await;
    assert_unavailable(&response);
    assert_eq!(read_by(&app.dynamo.take_consumed(), JWKS), (SigningKeys::MOST, 0));
    let cause = |line: &serde_json::Value| line["cause"].as_str().is_some_and(|cause| cause.contains("signing_keys"));
    assert!(response.events().iter().any(cause), "{:?}", response.events());
    // Another process, which does not know the key yet.
    assert_eq!(app.second_process().anon_like(&user).get("/v1/users/me").await.status, 200);
}

#[tokio::test]
async fn each_step_of_an_erasure_reads_a_bounded_number_of_items() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let session = first(&app, "sessions").await;
    let many = u32::try_from(Erasure::MOST).unwrap() + 500;
    insert(&app, "sessions", copies(&session, many, &[("revoked_at", number(1))])).await;
    assert_eq!(user.post("/v1/users/me/erase", json!({ "password": PASSWORD })).await.status, 202);
    let mut steps = Vec::new();
    loop {
        app.clock.advance(SignedDuration::from_secs(11));
        app.dynamo.measure();
        let handled = app.handle_jobs().await;
        let (positions, items) = read_by(&app.dynamo.take_consumed(), "user_erase");
        if handled == 0 {
            break;
        }
        steps.push(positions);
        assert!(positions <= Erasure::MOST, "{positions} positions");
        // The deletions of what was read, the account itself, and its names.
        assert!(items <= positions + 5, "{items} items");
    }
    assert!(steps.len() > 1, "{steps:?}");
    assert!(app.items("sessions").await.is_empty());
}

#[tokio::test]
async fn a_mail_reads_no_list() {
    let app = TestApp::init().await;
    app.mails().await;
    let new = json!({ "username": "grace", "email": "grace@example.com", "password": PASSWORD });
    assert_eq!(app.anon().post("/v1/users", new).await.status, 201);
    app.wait_for_mails();
    app.dynamo.measure();
    assert_eq!(app.handle_jobs().await, 1);
    let (positions, items) = read_by(&app.dynamo.take_consumed(), "mail_send");
    assert_eq!(positions, 0);
    assert!((1..10).contains(&items), "{items} items");
}

#[tokio::test]
async fn unblocking_reads_all_counters_in_bounded_calls() {
    let app = TestApp::init().await;
    app.user().await;
    let counter = first(&app, "rate_limits").await;
    let name = |at: usize| {
        format!("scope|ip:1/1|0:|{}", if at.is_multiple_of(500) { "7:192.0.2" } else { "0:" }) + &at.to_string()
    };
    insert(&app, "rate_limits", renamed(&counter, DEAD as usize, "key", name)).await;
    app.dynamo.measure();
    let cleared = app.part::<Limiter>().clear(&app.act(), "rate_limits", |key| key.contains("192.0.2")).await.unwrap();
    let (positions, items) = read_by(&app.dynamo.take_consumed(), "unblock");
    assert_eq!((cleared, items), (4, 5), "the counters, and the row of the audit");
    assert!(positions > DEAD as usize, "{positions}");
}

/// A page reads one entry more than it shows, and only the items that it shows.
#[tokio::test]
async fn a_page_costs_one_query_or_scan_and_its_items() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    let (session, account) = (first(&app, "sessions").await, first(&app, "users").await);
    insert(&app, "sessions", copies(&session, 250, &[])).await;
    insert(&app, "users", copies(&account, 250, &[])).await;
    // From then on, the functions know the key.
    staff.get("/v1/users").await;
    staff.get("/v1/auth/sessions").await;
    for (limit, index_units) in [(1, 0.5), (50, 1.0), (100, 1.5)] {
        let read = |what: &str, read: usize, units: f64| (what.to_owned(), read, units);
        assert_eq!(
            full_page(&app, &staff, "/v1/auth/sessions", limit).await,
            [read("Query sessions", limit + 1, index_units), read("BatchGetItem sessions", limit, limit as f64),]
        );
        let users = full_page(&app, &staff, "/v1/users", limit).await;
        // The size of an account differs.
        let [(scan, read, units), (audit, 1, _)] = &users[..] else { panic!("{users:?}") };
        assert_eq!((scan.as_str(), *read, audit.as_str()), ("Scan users", limit + 1, "PutItem audit"));
        assert!(*units <= (1 + limit / 8) as f64, "{units} units");
    }
}
