use std::sync::Mutex;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use super::*;
use crate::connection::Connection;
use crate::db::Db;

struct Rows;

impl Table for Rows {
    const NAME: &'static str = "rows";
    const KEY: &'static [&'static str] = &["user_id", "id"];
}

/// A DynamoDB with one table. `answer` may replace the answer to the nth call of an operation.
#[derive(Clone)]
struct Fake(Arc<Mutex<State>>);

struct State {
    rows: Vec<usize>,
    calls: HashMap<String, usize>,
    answer: fn(&str, usize, &Value) -> Option<(u16, Value)>,
}

impl std::fmt::Debug for Fake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fake")
    }
}

impl State {
    fn respond(&mut self, operation: &str, body: &Value) -> (u16, Value) {
        let nth = self.calls.entry(operation.to_owned()).or_default();
        *nth += 1;
        if let Some(answer) = (self.answer)(operation, *nth, body) {
            return answer;
        }
        if operation == "Query" {
            let key = |row: &usize| json!({ "user_id": { "S": "u" }, "id": { "S": row.to_string() } });
            let items: Vec<_> = self.rows.iter().take(25).map(key).collect();
            let more = (self.rows.len() > 25).then(|| items.last().cloned());
            return (200, json!({ "Items": items, "Count": items.len(), "LastEvaluatedKey": more.flatten() }));
        }
        let requests = body["RequestItems"]["rows"].as_array().unwrap();
        let deleted: Vec<&str> =
            requests.iter().map(|request| request["DeleteRequest"]["Key"]["id"]["S"].as_str().unwrap()).collect();
        self.rows.retain(|row| !deleted.contains(&row.to_string().as_str()));
        (200, json!({ "UnprocessedItems": {} }))
    }
}

impl HttpConnector for Fake {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap().to_owned();
        let body = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let (status, body) = self.0.lock().unwrap().respond(target.split('.').next_back().unwrap(), &body);
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body.to_string()))))
    }
}

impl HttpClient for Fake {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// Purges an account with this many rows. Returns the result, the rows that are left, and the time in seconds.
async fn purge(rows: usize, answer: fn(&str, usize, &Value) -> Option<(u16, Value)>) -> (Result<Purged>, usize, u64) {
    let fake = Fake(Arc::new(Mutex::new(State { rows: (0..rows).collect(), calls: HashMap::new(), answer })));
    let connection = Connection {
        region: "us-east-1".to_owned(),
        access_key_id: "key".to_owned(),
        secret_access_key: "secret".to_owned(),
        session_token: None,
        endpoint: Some("http://localhost".to_owned()),
        http: SharedHttpClient::new(fake.clone()),
    };
    let client: Client = connection.dynamodb();
    let table = Db::new(client, "").table::<Rows>();
    let began = Instant::now();
    let erasure = Erasure::new(serde_json::from_value(json!("01890a5d-ac96-774b-bcce-b302099a8057")).unwrap());
    let done = table.purge(&erasure, None).await;
    let left = fake.0.lock().unwrap().rows.len();
    (done, left, began.elapsed().as_secs())
}

const THROTTLED: fn() -> (u16, Value) = || (400, json!({ "__type": "ThrottlingException", "message": "slow down" }));

#[tokio::test(start_paused = true)]
async fn throttled_calls_are_made_again_until_they_succeed() {
    let (done, left, _) = purge(60, |_, nth, _| (nth <= 9).then(THROTTLED)).await;
    assert!(matches!(done, Ok(Purged::All)) && left == 0, "{done:?}, {left} left");
}

#[tokio::test(start_paused = true)]
async fn an_erasure_that_deleted_a_part_goes_on_in_another_job_when_its_time_is_over() {
    for answer in [
        |operation: &str, nth: usize, _: &Value| (operation == "BatchWriteItem" && nth > 1).then(THROTTLED),
        |operation: &str, nth: usize, _: &Value| (operation == "Query" && nth > 1).then(THROTTLED),
        |operation: &str, nth: usize, body: &Value| {
            let undone = (200, json!({ "UnprocessedItems": body["RequestItems"] }));
            (operation == "BatchWriteItem" && nth > 1).then_some(undone)
        },
    ] as [fn(&str, usize, &Value) -> Option<(u16, Value)>; 3]
    {
        let (done, left, seconds) = purge(60, answer).await;
        assert!(matches!(done, Ok(Purged::Part)) && left == 35, "{done:?}, {left} left");
        assert!((30..=45).contains(&seconds), "{seconds} s");
    }
}

#[tokio::test(start_paused = true)]
async fn an_erasure_that_can_delete_nothing_fails() {
    for answer in [
        |_: &str, _: usize, _: &Value| Some(THROTTLED()),
        |operation: &str, _: usize, body: &Value| {
            let undone = (200, json!({ "UnprocessedItems": body["RequestItems"] }));
            (operation == "BatchWriteItem").then_some(undone)
        },
    ] as [fn(&str, usize, &Value) -> Option<(u16, Value)>; 2]
    {
        let (done, left, seconds) = purge(60, answer).await;
        assert!(matches!(done, Err(Error::Throttled(_))) && left == 60, "{done:?}, {left} left");
        assert!((30..=45).contains(&seconds), "{seconds} s");
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_of_any_size_takes_a_bounded_number_of_rows_at_a_time() {
    let (done, left, _) = purge(12_000, |_, _, _| None).await;
    assert!(matches!(done, Ok(Purged::Part)) && left == 7_000, "{done:?}, {left} left");
}
