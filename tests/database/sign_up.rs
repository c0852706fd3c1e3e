use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tests::{Call, Fault, PASSWORD, TestApp};
use tokio::task::JoinSet;

use crate::{assert_unavailable, fields, sign_up};

async fn counts(app: &TestApp) -> (usize, usize) {
    (app.items("users").await.len(), app.items("identities").await.len())
}

#[tokio::test]
async fn names_that_no_key_can_have() {
    let app = TestApp::init().await;
    let long = "a".repeat(2049);
    let long_email = format!("{}@example.com", "a".repeat(2037));
    assert_eq!(long_email.len(), 2049);
    for (username, email, wrong) in [
        ("", "a@example.com", "username"),
        (long.as_str(), "a@example.com", "username"),
        ("a", "", "email"),
        ("a", long.as_str(), "email"),
        ("a", long_email.as_str(), "email"),
    ] {
        let response = app.anon().post("/v1/users", sign_up(username, email)).await;
        assert_eq!(fields(&response), [wrong], "{} {}", username.len(), email.len());
    }
    assert_eq!(fields(&app.anon().post("/v1/users", sign_up("", &long)).await), ["email", "username"]);
    assert_eq!(counts(&app).await, (0, 0));
    // A sign-in with such a name makes the usual read, with a name that no user can have.
    app.dynamo.take_calls();
    for name in ["", long.as_str(), long_email.as_str()] {
        let sign_in = json!({ "username": name, "password": PASSWORD });
        let response = app.anon().post("/v1/auth/token", sign_in).await;
        assert!(response.is(401, "credentials_invalid"), "{}: {}", name.len(), response.body);
    }
    let reads: Vec<_> = app.dynamo.take_calls().into_iter().filter(|call| call.is("GetItem", "identities")).collect();
    assert_eq!(reads.len(), 3);
    assert!(reads.iter().all(|call| call.body["Key"] == json!({ "identity": { "S": "nobody:" } })), "{reads:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_sign_ups_with_one_email_one_succeeds() {
    let app = TestApp::init().await;
    let mut all = JoinSet::new();
    for at in 0..20 {
        let caller = app.anon();
        let email = if at % 2 == 0 { "alice@example.com" } else { "Alice@Example.COM" };
        all.spawn(async move { caller.post("/v1/users", sign_up(&format!("alice{at}"), email)).await });
    }
    let responses = all.join_all().await;
    let created: Vec<_> = responses.iter().filter(|response| response.status == 201).collect();
    assert_eq!(created.len(), 1, "{responses:?}");
    assert!(
        responses.iter().all(|response| response.status == 201 || response.is(409, "email_taken")),
        "{responses:?}"
    );
    assert_eq!(counts(&app).await, (1, 2));
    let (user, username) = (app.items("users").await.remove(0), created[0].json()["username"].clone());
    assert_eq!(user["username"].as_s().unwrap(), username.as_str().unwrap());
    for identity in app.items("identities").await {
        assert_eq!(identity["user_id"], user["id"]);
    }
    let sign_in = json!({ "username": "ALICE@example.com", "password": PASSWORD });
    assert_eq!(app.anon().post("/v1/auth/token", sign_in).await.status, 200);
}

#[tokio::test]
async fn a_refused_sign_up_leaves_nothing_behind() {
    let app = TestApp::init().await;
    let post = async |username: &str, email: &str| app.anon().post("/v1/users", sign_up(username, email)).await;
    assert_eq!(post("Alice", "alice@example.com").await.status, 201);
    assert!(post("aLICE", "free@example.com").await.is(409, "username_taken"));
    assert!(post("free", "ALICE@example.com").await.is(409, "email_taken"));
    assert!(post("alice", "alice@example.com").await.is(409, "username_taken"));
    assert_eq!(counts(&app).await, (1, 2));
    // The free name in each refused sign-up is still free.
    assert_eq!(post("free", "free@example.com").await.status, 201);
    assert_eq!(counts(&app).await, (2, 4));
}

/// Cancels the first `times` transactions with these reasons, in the order of the parts: user, username, email.
fn cancel(app: &TestApp, reasons: [&'static str; 3], times: usize) {
    let asked = AtomicUsize::new(0);
    app.dynamo.fault(move |call: &Call| {
        if call.operation != "TransactWriteItems" || asked.fetch_add(1, Ordering::Relaxed) >= times {
            return None;
        }
        let list = reasons.join(", ");
        Some(Fault::Fail(json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": format!("Transaction cancelled, please refer cancellation reasons for specific reasons [{list}]"),
            "CancellationReasons": reasons.map(|code| json!({ "Code": code })),
        })))
    });
}

#[tokio::test]
async fn a_cancelled_transaction_goes_by_its_reasons() {
    const FAILED: &str = "ConditionalCheckFailed";
    const CONFLICT: &str = "TransactionConflict";
    let app = TestApp::init().await;
    for (at, (reasons, times, status, code)) in [
        (["None", "None", CONFLICT], 1, 201, ""),
        ([CONFLICT, "None", "None"], 2, 201, ""),
        (["None", "ThrottlingError", "None"], 1, 201, ""),
        (["None", "None", "ProvisionedThroughputExceeded"], 1, 201, ""),
        (["None", CONFLICT, CONFLICT], usize::MAX, 503, "unavailable"),
        (["None", "ThrottlingError", "None"], usize::MAX, 503, "unavailable"),
        (["None", FAILED, "None"], 1, 409, "username_taken"),
        (["None", "None", FAILED], 1, 409, "email_taken"),
        (["None", FAILED, FAILED], 1, 409, "username_taken"),
        (["None", CONFLICT, FAILED], 1, 409, "email_taken"),
        (["None", FAILED, CONFLICT], 1, 409, "username_taken"),
        (["ValidationError", "None", "None"], 1, 500, "internal"),
    ]
    .into_iter()
    .enumerate()
    {
        let before = counts(&app).await;
        cancel(&app, reasons, times);
        let response = app.anon().post("/v1/users", sign_up(&format!("u{at}"), &format!("u{at}@example.com"))).await;
        assert!(response.is(status, code), "{reasons:?}: {} {}", response.status, response.body);
        if status == 503 {
            assert_unavailable(&response);
        }
        let created = usize::from(status == 201);
        assert_eq!(counts(&app).await, (before.0 + created, before.1 + 2 * created), "{reasons:?}");
    }
}

#[tokio::test]
async fn a_transaction_that_throttles_or_is_in_progress_is_unavailable() {
    let app = TestApp::init().await;
    for code in ["ThrottlingException", "TransactionInProgressException", "ProvisionedThroughputExceededException"] {
        app.dynamo.fault(move |call| (call.operation == "TransactWriteItems").then_some(Fault::Refuse(code)));
        assert_unavailable(&app.anon().post("/v1/users", sign_up("alice", "alice@example.com")).await);
    }
    assert_eq!(counts(&app).await, (0, 0));
    app.dynamo.heal();
    assert_eq!(app.anon().post("/v1/users", sign_up("alice", "alice@example.com")).await.status, 201);
}

/// A transaction that is sent again is the same sign-up. It must not find its own names taken.
#[tokio::test]
async fn a_sign_up_whose_response_was_lost_succeeds_once() {
    let app = TestApp::init().await;
    let asked = AtomicUsize::new(0);
    app.dynamo.fault(move |call| {
        let first = call.operation == "TransactWriteItems" && asked.fetch_add(1, Ordering::Relaxed) == 0;
        first.then_some(Fault::LoseResponse)
    });
    let response = app.anon().post("/v1/users", sign_up("alice", "alice@example.com")).await;
    assert_eq!(response.status, 201, "{}", response.body);
    assert_eq!(counts(&app).await, (1, 2));
}
