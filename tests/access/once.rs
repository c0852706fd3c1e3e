//! Every endpoint that takes an `Idempotency-Key`.

use std::collections::HashMap;

use api::Entry;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::body::Body;
use axum::http::Request;
use catalogue::CATALOGUE;
use jiff::SignedDuration;
use tests::{Client, Response, TestApp, admitted, good_call, takes_header};

struct Call {
    app: TestApp,
    caller: Client,
    entry: Entry,
    path: String,
    body: String,
    status: u16,
}

impl Call {
    /// A good call of each endpoint that takes a key.
    async fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for entry in CATALOGUE.iter().filter(|entry| takes_header(entry.name, "Idempotency-Key")) {
            let app = TestApp::init().await;
            let caller = admitted(&app, entry.level).await;
            let (path, body, status) = good_call(&app, entry.name, &caller).await;
            all.push(Self { app, caller, entry: *entry, path, body: body.unwrap().to_string(), status });
        }
        all
    }

    /// Takes the body out of the record of a call, as if it had been too large.
    async fn without_body(&self, record: &HashMap<String, AttributeValue>) {
        let update = self.app.database.update_item().table_name(format!("{}idempotency", self.app.prefix));
        let update = update.key("user_id", record["user_id"].clone()).key("id", record["id"].clone());
        update.update_expression("REMOVE body").send().await.unwrap();
    }

    async fn send(&self, caller: &Client, key: &str, body: &str) -> Response {
        let request = Request::builder().method(self.entry.route.method.as_str()).uri(&self.path);
        let request = request.header("content-type", "application/json").header("idempotency-key", key);
        caller.request(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    /// The first call with this key.
    async fn first(&self, key: &str) -> Response {
        let response = self.send(&self.caller, key, &self.body).await;
        assert_eq!(
            (response.status, response.header("idempotency-replayed")),
            (self.status, ""),
            "{}",
            self.entry.name
        );
        response
    }

    /// The same caller, signed in again, once the calls so far count on no limit.
    async fn an_hour_later(&mut self) {
        self.app.clock.advance(SignedDuration::from_hours(1));
        self.caller = self.app.sign_in(&self.caller.username).await;
    }

    /// The number of items in each table, but for those that count calls.
    async fn counts(&self) -> Vec<(String, usize)> {
        let mut counts = Vec::new();
        for table in self.app.tables().await.into_iter().filter(|table| table != "rate_limits") {
            counts.push((table.clone(), self.app.items(&table).await.len()));
        }
        counts
    }
}

#[tokio::test]
async fn a_repeated_call_has_no_effect_and_the_same_response() {
    for mut call in Call::all().await {
        let name = call.entry.name;
        let first = call.first("a").await;
        let counts = call.counts().await;
        for key in ["a", "\"a\""] {
            let again = call.send(&call.caller, key, &call.body).await;
            assert_eq!((again.status, &again.body), (first.status, &first.body), "{name}");
            for header in ["location", "etag", "content-type"] {
                assert_eq!(again.header(header), first.header(header), "{name}: {header}");
            }
            assert_eq!(again.header("idempotency-replayed"), "true", "{name}");
            let effects = again.events().into_iter().filter(|event| event["event"] != "request").count();
            assert_eq!((call.counts().await, effects), (counts.clone(), 0), "{name}");
        }
        call.an_hour_later().await;
        let other = call.first("b").await;
        assert_ne!(other.header("location"), first.header("location"), "{name}");
        // The same key of another caller is another key.
        let stranger = admitted(&call.app, call.entry.level).await;
        let theirs = call.send(&stranger, "a", &call.body).await;
        assert_eq!((theirs.status, theirs.header("idempotency-replayed")), (call.status, ""), "{name}");
        assert_ne!(theirs.header("location"), first.header("location"), "{name}");
    }
}

#[tokio::test]
async fn a_key_is_known_for_a_day() {
    for call in Call::all().await {
        let first = call.first("a").await;
        call.app.clock.advance(SignedDuration::from_secs(24 * 60 * 60 - 1));
        let caller = call.app.sign_in(&call.caller.username).await;
        let again = call.send(&caller, "a", &call.body).await;
        assert_eq!(again.header("location"), first.header("location"), "{}", call.entry.name);
        call.app.clock.advance(SignedDuration::from_secs(1));
        let next = call.send(&caller, "a", &call.body).await;
        assert_eq!((next.status, next.header("idempotency-replayed")), (call.status, ""), "{}", call.entry.name);
        assert_ne!(next.header("location"), first.header("location"), "{}", call.entry.name);
    }
}

#[tokio::test]
async fn a_key_belongs_to_one_request() {
    for call in Call::all().await {
        call.first("a").await;
        let other = call.send(&call.caller, "a", &format!("{} ", call.body)).await;
        assert!(other.is(422, "idempotency_key_reused"), "{}: {}", call.entry.name, other.body);
    }
}

#[tokio::test]
async fn a_bad_key_is_refused() {
    let long = "k".repeat(256);
    for call in Call::all().await {
        for key in ["", "\"\"", &long, "a\tb", "\u{e9}"] {
            let refused = call.send(&call.caller, key, &call.body).await;
            assert!(refused.is(400, "malformed_request"), "{} {key:?}: {}", call.entry.name, refused.body);
        }
        assert_eq!(call.send(&call.caller, &long[1..], &call.body).await.status, call.status, "{}", call.entry.name);
    }
}

#[tokio::test]
async fn a_response_that_was_not_kept_is_told_by_its_location() {
    for call in Call::all().await {
        let first = call.first("a").await;
        let record = call.app.items("idempotency").await.remove(0);
        call.without_body(&record).await;
        let again = call.send(&call.caller, "a", &call.body).await;
        assert!(again.is(409, "already_done"), "{}: {}", call.entry.name, again.body);
        assert_eq!(again.header("location"), first.header("location"), "{}", call.entry.name);
    }
}

#[tokio::test]
async fn a_call_that_keeps_meeting_another_is_told_to_wait() {
    for call in Call::all().await {
        call.app.dynamo.fault(|call| {
            let parts = call.body["TransactItems"].as_array().filter(|_| call.is("TransactWriteItems", "idempotency"));
            parts.map(|parts| tests::conflict(parts.len()))
        });
        let refused = call.send(&call.caller, "a", &call.body).await;
        assert!(refused.is(409, "request_in_progress"), "{}: {}", call.entry.name, refused.body);
        assert_eq!(refused.header("retry-after"), "1", "{}", call.entry.name);
        call.app.dynamo.heal();
        call.first("a").await;
    }
}
