use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::*;
use crate::connection::Connection;
use crate::pause::TRIES;
use crate::row::{key, number};
use crate::table::{Table, TableClient};
use crate::update::ConditionalUpdate;

struct Rows;

impl Table for Rows {
    const NAME: &'static str = "rows";
    const KEY: &'static [&'static str] = &["id"];
}

/// A DynamoDB whose transactions hold their items for a while, and conflict as on AWS.
#[derive(Clone, Debug)]
struct Fake(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    lasts: Duration,
    busy: HashSet<String>,
    calls: usize,
}

impl State {
    /// The answer, and the items that the call holds.
    fn begin(&mut self, operation: &str, body: &Value) -> (u16, Value, Vec<String>) {
        self.calls += 1;
        if operation == "UpdateItem" {
            return match self.busy.contains(&body["Key"].to_string()) {
                true => (400, json!({ "__type": "a#TransactionConflictException" }), Vec::new()),
                false => (200, json!({ "Attributes": body["Key"] }), Vec::new()),
            };
        }
        let parts = body["TransactItems"].as_array().unwrap().iter();
        let keys: Vec<String> =
            parts.flat_map(|part| part.as_object().unwrap().values()).map(|part| part["Key"].to_string()).collect();
        let code = |key| if self.busy.contains(key) { "TransactionConflict" } else { "None" };
        let reasons: Vec<Value> = keys.iter().map(|key| json!({ "Code": code(key) })).collect();
        if keys.iter().any(|key| self.busy.contains(key)) {
            let cancelled = json!({ "__type": "a#TransactionCanceledException", "CancellationReasons": reasons });
            return (400, cancelled, Vec::new());
        }
        self.busy.extend(keys.clone());
        (200, json!({}), keys)
    }
}

impl HttpConnector for Fake {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = request.headers().get("x-amz-target").unwrap().split('.').next_back().unwrap().to_owned();
        let body = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let state = self.0.clone();
        HttpConnectorFuture::new(async move {
            tokio::time::sleep(Duration::from_millis(2)).await;
            let (lasts, (status, body, held)) = {
                let mut state = state.lock().unwrap();
                (state.lasts, state.begin(&operation, &body))
            };
            if !held.is_empty() {
                tokio::time::sleep(lasts).await;
                state.lock().unwrap().busy.retain(|key| !held.contains(key));
            }
            Ok(HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body.to_string())))
        })
    }
}

impl HttpClient for Fake {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// A table whose transactions last this long. Some items are always part of another transaction.
fn table(lasts: Duration, busy: &[&str]) -> (TableClient<Rows>, Fake) {
    let busy = busy.iter().map(|id| json!({ "id": { "S": id } }).to_string()).collect();
    let fake = Fake(Arc::new(Mutex::new(State { lasts, busy, calls: 0 })));
    let connection = Connection {
        region: "us-east-1".to_owned(),
        access_key_id: "key".to_owned(),
        secret_access_key: "secret".to_owned(),
        session_token: None,
        endpoint: Some("http://localhost".to_owned()),
        http: SharedHttpClient::new(fake.clone()),
    };
    (Db::new(connection.dynamodb(), "").table(), fake)
}

fn change(id: &str) -> ConditionalUpdate<'static> {
    ConditionalUpdate { key: key("id", id), update: "SET #a = :a", condition: "", values: vec![("a", number(1))] }
}

/// Updates an item in a transaction that checks the item `by`.
async fn transact(table: TableClient<Rows>, id: usize) -> Result<()> {
    let check = ConditionalUpdate { update: "", condition: "#a = :a", ..change("by") };
    let parts = vec![table.update_part(change(&id.to_string()))?, table.check_part(check)?];
    table.db().transact(parts).await.map(|done| assert!(done.is_ok()))
}

/// Updates the item `by` without a transaction.
async fn update(table: TableClient<Rows>) -> Result<()> {
    table.update(change("by")).await.map(|done| assert!(done.is_ok()))
}

/// Makes so many transactions and single updates that concern one item, all at once. Returns the failures, and the time
/// until the last answer.
async fn all_at_once(table: &TableClient<Rows>, transactions: usize, updates: usize) -> (Vec<Error>, Duration) {
    let (began, mut all) = (Instant::now(), JoinSet::new());
    for id in 0..transactions {
        all.spawn(transact(table.clone(), id));
    }
    for _ in 0..updates {
        all.spawn(update(table.clone()));
    }
    let failures = all.join_all().await.into_iter().filter_map(Result::err).collect();
    (failures, began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn twenty_transactions_and_five_updates_of_one_item_at_once_are_all_made_in_time() {
    for lasts in [10, 15, 20] {
        let (table, fake) = table(Duration::from_millis(lasts), &[]);
        let (failures, took) = all_at_once(&table, 20, 5).await;
        assert!(failures.is_empty(), "{} failed: {failures:?}", failures.len());
        assert!(took < Duration::from_secs(2), "{took:?}");
        assert!(fake.0.lock().unwrap().calls > 50, "they did not collide");
    }
}

#[tokio::test(start_paused = true)]
async fn a_conflict_that_lasts_ends_after_all_tries_and_within_three_seconds() {
    let (table, fake) = table(Duration::ZERO, &["by"]);
    let (failures, took) = all_at_once(&table, 1, 0).await;
    assert!(matches!(failures[..], [Error::Conflict(_)]), "{failures:?}");
    assert_eq!(fake.0.lock().unwrap().calls, TRIES as usize);
    assert!(took < Duration::from_secs(3), "{took:?}");
}

/// The SDK gives a process tokens for retries, which overload would use up. Conflicts are no overload.
#[tokio::test(start_paused = true)]
async fn lasting_conflicts_of_many_updates_leave_each_of_them_all_its_tries() {
    let (table, fake) = table(Duration::ZERO, &["by"]);
    let (failures, took) = all_at_once(&table, 0, 20).await;
    assert!(
        failures.len() == 20 && failures.iter().all(|error| matches!(error, Error::Unavailable(_))),
        "{failures:?}"
    );
    assert_eq!(fake.0.lock().unwrap().calls, 20 * TRIES as usize);
    assert!(took < Duration::from_secs(3), "{took:?}");
}
