//! docs/costs.md: what a good call of each endpoint asks of DynamoDB, and what a million of them cost.

use std::fs;

use functions::CATALOGUE;
use serde_json::json;
use tests::repository::root;
use tests::{Consumed, PASSWORD, TestApp};

use crate::rows::row;
use crate::{call, caller, least};

/// List prices of us-east-1 in November 2026, in dollars per million: read units, write units, requests to API Gateway
/// and to Lambda.
const READ: f64 = 0.125;
const WRITE: f64 = 0.625;
const REQUEST: f64 = 1.00 + 0.20;

/// Items on the page of a list.
const PAGE: usize = 50;

/// The row of one function. A write of a transaction counts twice, as DynamoDB has it.
fn line(name: &str, request: f64, consumed: &[Consumed]) -> String {
    let calls: Vec<String> = consumed.iter().map(|call| format!("{} {}", call.operation, call.tables)).collect();
    let sum =
        |writes: bool| consumed.iter().filter(|call| call.writes == writes).fold(0.0, |sum, call| sum + call.units);
    let (reads, writes) = (sum(false), sum(true));
    let dynamodb = reads * READ + writes * WRITE;
    let total = dynamodb + request;
    format!("| `{name}` | {} | {reads} | {writes} | {dynamodb:.2} | {total:.2} |\n", calls.join(", "))
}

/// One page's worth of what lists list.
async fn fill(app: &TestApp) -> Vec<String> {
    let mut products = Vec::new();
    for n in 0..PAGE {
        products.push(app.product(&format!("Kettle {n}")).await);
        app.create_user(&format!("user{n}"), &format!("user{n}@example.com"), auth::Roles::default()).await;
    }
    products
}

async fn measured() -> String {
    let app = TestApp::init().await;
    let products = fill(&app).await;
    let mut table = String::new();
    for entry in CATALOGUE {
        // The first call finds the function cold, the second one is what most calls are like.
        for warm in [false, true] {
            let caller = caller(&app, least(entry.level)).await;
            if entry.name == "favorites_list" {
                for product in &products {
                    assert_eq!(caller.put(&format!("/v1/products/{product}/favorite")).await.status, 204);
                }
            }
            // Erased accounts would be read for the list and left out.
            work_off_erasures(&app).await;
            let (path, body, success) = row(&app, entry.name, &caller).await;
            app.dynamo.measure();
            let answer = call(&caller, entry.route.method.as_str(), &path, body).await;
            assert_eq!(answer.status, success, "{}: {}", entry.name, answer.body);
            let consumed = app.dynamo.take_consumed();
            if warm {
                table += &line(entry.name, REQUEST, &consumed);
            }
        }
    }
    for (worker, consumed) in [("mail_send", mail(&app).await), ("user_erase", erasure(&app).await)] {
        // No gateway, but the queue: a message is sent, received and deleted.
        table += &line(worker, 0.20 + 3.0 * 0.40, &consumed);
    }
    table
}

async fn mail(app: &TestApp) -> Vec<Consumed> {
    app.mails().await;
    let new = json!({ "username": "grace", "email": "grace@example.com", "password": "nine-patient-herons" });
    assert_eq!(app.anon().post("/v1/users", new).await.status, 201);
    app.dynamo.measure();
    assert_eq!(app.work_off().await, 1);
    app.dynamo.take_consumed()
}

/// Of somebody with one session and one favourite.
async fn erasure(app: &TestApp) -> Vec<Consumed> {
    let user = app.user().await;
    let product = app.product("Pan").await;
    assert_eq!(user.put(&format!("/v1/products/{product}/favorite")).await.status, 204);
    assert_eq!(user.post("/v1/users/me/erase", json!({ "password": PASSWORD })).await.status, 202);
    app.dynamo.measure();
    assert_eq!(work_off_erasures(app).await, 1);
    app.dynamo.take_consumed()
}

async fn work_off_erasures(app: &TestApp) -> usize {
    let held_back = jiff::SignedDuration::from_secs(11);
    app.clock.advance(held_back);
    app.work_off().await
}

#[tokio::test]
async fn the_costs_in_the_docs_are_those_of_good_calls() {
    const START: &str = "|---|---|--:|--:|--:|--:|\n";
    let table = measured().await;
    let file = root().join("docs/costs.md");
    let text = fs::read_to_string(&file).unwrap();
    let (head, rest) = text.split_once(START).unwrap();
    let (documented, tail) = rest.split_once("\n\n").unwrap();
    let other_engine = std::env::var_os("TEST_DYNAMODB_URL").is_some();
    if std::env::var_os("UPDATE_COSTS").is_some() {
        assert!(!other_engine, "units are those of the embedded engine");
        return fs::write(&file, format!("{head}{START}{table}\n{tail}")).unwrap();
    }
    // DynamoDB Local counts a transaction's writes per table, not per item as AWS does: there only calls are compared.
    let columns = if other_engine { 3 } else { usize::MAX };
    let cut = |row: &str| row.split('|').take(columns).collect::<Vec<_>>().join("|");
    assert_eq!(
        documented.lines().count(),
        table.lines().count(),
        "rows of docs/costs.md: review and rewrite it with UPDATE_COSTS=1 cargo test --test access"
    );
    for (documented, measured) in documented.lines().zip(table.lines()) {
        assert_eq!(
            cut(documented),
            cut(measured),
            "a row of docs/costs.md: review and rewrite it with UPDATE_COSTS=1 cargo test --test access"
        );
    }
}
