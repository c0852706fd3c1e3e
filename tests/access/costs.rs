//! docs/costs.md: the calls to DynamoDB of a good call of each endpoint, and the price of a million good calls.

use std::fs;

use catalogue::CATALOGUE;
use tests::repository::root;
use tests::{Cost, costs};

/// List prices of us-east-1 in November 2026, in dollars per million: read units, write units, requests to API Gateway
/// and to Lambda.
const READ: f64 = 0.125;
const WRITE: f64 = 0.625;
const REQUEST: f64 = 1.00 + 0.20;

/// The row of one function. DynamoDB charges a write in a transaction twice.
fn line(cost: &Cost) -> String {
    // A worker has a queue instead of a gateway: a message is sent, received and deleted.
    let worker = CATALOGUE.iter().all(|entry| entry.name != cost.function());
    let request = if worker { 0.20 + 3.0 * 0.40 } else { REQUEST };
    let calls: Vec<String> = cost.calls.iter().map(|call| format!("{} {}", call.operation, call.tables)).collect();
    let (reads, writes) = (cost.units(false), cost.units(true));
    let dynamodb = reads * READ + writes * WRITE;
    let (name, rounds, total) = (cost.name, cost.in_sequence(), dynamodb + request);
    format!("| `{name}` | {} | {rounds} | {reads} | {writes} | {dynamodb:.2} | {total:.2} |\n", calls.join(", "))
}

#[tokio::test]
async fn the_costs_in_the_docs_are_those_of_good_calls() {
    const START: &str = "|---|---|--:|--:|--:|--:|--:|\n";
    let table: String = costs().await.iter().map(line).collect();
    let file = root().join("docs/costs.md");
    let text = fs::read_to_string(&file).unwrap();
    let (head, rest) = text.split_once(START).unwrap();
    let (documented, tail) = rest.split_once("\n\n").unwrap();
    let other_engine = std::env::var_os("TEST_DYNAMODB_URL").is_some();
    if std::env::var_os("UPDATE_COSTS").is_some() {
        assert!(!other_engine, "units are those of the embedded engine");
        return fs::write(&file, format!("{head}{START}{table}\n{tail}")).unwrap();
    }
    // DynamoDB Local counts a transaction's writes per table, AWS per item. So only calls are compared there.
    let columns = if other_engine { 4 } else { usize::MAX };
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
