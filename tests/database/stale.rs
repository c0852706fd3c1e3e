use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use tests::{Call, Client, Fault, PASSWORD, Response, TestApp};

use crate::sign_up;

const GUARDED: [&str; 4] = ["users", "identities", "sessions", "signing_keys"];

/// Responds to every inconsistent read on which access may depend as if the table were empty. A read of an index is
/// never strongly consistent.
fn stale(call: &Call) -> Option<Fault> {
    let guarded = GUARDED.iter().any(|table| call.is(&call.operation, table));
    let is_consistent = |read: &Value| read["ConsistentRead"] == true && read.get("IndexName").is_none();
    let (consistent, nothing) = match call.operation.as_str() {
        "GetItem" => {
            (is_consistent(&call.body), json!({ "ConsumedCapacity": { "TableName": "t", "CapacityUnits": 0.5 } }))
        }
        "Query" | "Scan" => (is_consistent(&call.body), json!({ "Items": [], "Count": 0, "ScannedCount": 0 })),
        "BatchGetItem" => {
            let reads = call.body["RequestItems"].as_object()?;
            let none: serde_json::Map<_, _> = reads.keys().map(|table| (table.clone(), json!([]))).collect();
            (reads.values().all(is_consistent), json!({ "Responses": none, "UnprocessedKeys": {} }))
        }
        _ => return None,
    };
    (guarded && !consistent).then_some(Fault::Respond(nothing))
}

fn text(response: &Response, name: &str) -> String {
    assert_eq!(response.status, 200, "{}", response.body);
    response.json()[name].as_str().unwrap().to_owned()
}

async fn post(caller: &Client, path: &str, body: Value) -> Response {
    caller.post(&format!("/v1/{path}"), body).await
}

#[tokio::test]
async fn the_fault_empties_only_inconsistent_reads() {
    let app = TestApp::init().await;
    let user = app.user().await;
    app.dynamo.fault(stale);
    let client = app.settings.connection.dynamodb();
    for consistent in [true, false] {
        let get = client.get_item().table_name(format!("{}users", app.prefix)).consistent_read(consistent);
        let got = get.key("id", AttributeValue::S(user.id.to_string())).send().await.unwrap();
        assert_eq!(got.item.is_some(), consistent);
        let scan = client.scan().table_name(format!("{}sessions", app.prefix)).consistent_read(consistent);
        assert_eq!(scan.send().await.unwrap().count, i32::from(consistent));
    }
}

/// Tests every step in the process of the step before, and in a process that remembers nothing.
#[tokio::test]
async fn no_decision_rests_on_a_stale_read() {
    let app = TestApp::init().await;
    app.dynamo.fault(stale);
    for elsewhere in [false, true] {
        let other = app.second_process();
        let other = if elsewhere { other.anon() } else { app.anon() };
        let (here, name) = (app.anon(), format!("alice{elsewhere}"));
        let email = format!("{name}@example.com");
        assert_eq!(post(&here, "users", sign_up(&name, &email)).await.status, 201);
        assert!(post(&other, "users", sign_up(&name, "new@example.com")).await.is(409, "username_taken"));
        assert!(post(&other, "users", sign_up("new", &email)).await.is(409, "email_taken"));

        let signed_in = post(&other, "auth/token", json!({ "username": email, "password": PASSWORD })).await;
        let me = here.with_token(text(&signed_in, "access_token"));
        assert_eq!(text(&me.get("/v1/users/me").await, "username"), name);
        assert!(me.get("/v1/users").await.is(403, "staff_required"));

        let mut refresh = json!({ "refresh_token": text(&signed_in, "refresh_token") });
        for caller in [&here, &other, &here] {
            let refreshed = post(caller, "auth/token/refresh", refresh).await;
            refresh = json!({ "refresh_token": text(&refreshed, "refresh_token") });
            let me = other.with_token(text(&refreshed, "access_token"));
            assert_eq!(me.get("/v1/users/me").await.status, 200);
        }
        assert_eq!(post(&here, "auth/token/revoke", refresh.clone()).await.status, 204);
        assert!(post(&other, "auth/token/refresh", refresh).await.is(401, "token_invalid"));
        for caller in [&here, &other] {
            assert!(
                caller.with_token(text(&signed_in, "access_token")).get("/v1/users/me").await.is(401, "token_invalid")
            );
        }
        let keys = other.get("/.well-known/jwks.json").await.json();
        assert_eq!(keys["keys"].as_array().unwrap().len(), 1, "{keys}");
    }
}

/// A change by an operator counts from the next call on.
#[tokio::test]
async fn a_role_or_an_account_that_was_taken_away_is_gone_at_once() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    app.dynamo.fault(stale);
    assert_eq!(staff.get("/v1/users").await.status, 200);
    let id = staff.id.to_string();
    app.set("users", ("id", &id), "is_staff", AttributeValue::Bool(false)).await;
    assert!(staff.get("/v1/users").await.is(403, "staff_required"));
    app.set("users", ("id", &id), "is_active", AttributeValue::Bool(false)).await;
    assert!(staff.get("/v1/users/me").await.is(401, "token_invalid"));
    let refresh = json!({ "refresh_token": staff.refresh_token });
    assert!(post(&staff, "auth/token/refresh", refresh).await.is(401, "token_invalid"));
}
