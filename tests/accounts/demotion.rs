//! Superusers that demote each other at the same time: at least one stays, and a demoted one changes nothing more.

use auth::{Roles, UserId};
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use tests::{Client, Fault, Response, TestApp};
use tokio::task::JoinSet;

use crate::{flag, seconds, set_flag, set_just_before};

async fn change(by: &Client, user: UserId, body: Value) -> Response {
    by.patch(&format!("/v1/users/{user}"), body).await
}

async fn plain(app: &TestApp) -> UserId {
    app.create_user("ada", "ada@example.com", Roles::default()).await
}

#[tokio::test]
async fn a_demoted_superusers_token_changes_no_roles() {
    let app = TestApp::init().await;
    let (superuser, ada) = (app.superuser().await, plain(&app).await);
    set_flag(&app, superuser.id, "is_superuser", false).await;
    for body in [json!({ "is_staff": true }), json!({ "is_active": false }), json!({ "is_superuser": true })] {
        assert!(change(&superuser, ada, body).await.is(403, "superuser_required"));
    }
    // Demoted superusers can't give themselves the role back either.
    assert!(change(&superuser, superuser.id, json!({ "is_superuser": true })).await.is(403, "superuser_required"));
    assert!(flag(&app, ada, "is_active").await && !flag(&app, ada, "is_staff").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_superuser_demoted_between_check_and_write_changes_nothing() {
    let app = TestApp::init().await;
    let ada = plain(&app).await;
    for lost in ["is_superuser", "is_active"] {
        let superuser = app.superuser().await;
        set_just_before(&app, "TransactWriteItems", superuser.id, lost, false);
        app.dynamo.take_calls();
        let response = change(&superuser, ada, json!({ "is_staff": true })).await;
        app.dynamo.heal();
        assert!(response.is(403, "superuser_required"), "{lost}: {} {}", response.status, response.body);
        let tried = app.dynamo.take_calls().iter().any(|call| call.operation == "TransactWriteItems");
        assert!(tried, "the guard admitted the call");
        assert!(!flag(&app, superuser.id, lost).await && !flag(&app, ada, "is_staff").await, "{lost}");
    }
}

/// Every client sends `body` for every other client, all at once. Returns the statuses.
async fn all_at_once(crowd: &[Client], body: &Value) -> Vec<u16> {
    let mut all = JoinSet::new();
    for by in crowd {
        for user in crowd.iter().map(|user| user.id).filter(|id| *id != by.id) {
            let (by, body) = (by.clone(), body.clone());
            all.spawn(async move { change(&by, user, body).await.status });
        }
    }
    all.join_all().await
}

/// How many of these users have the flag `name`.
async fn count(app: &TestApp, crowd: &[Client], name: &str) -> usize {
    let mut count = 0;
    for user in crowd {
        count += usize::from(flag(app, user.id, name).await);
    }
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn of_three_superusers_demoting_each_other_at_least_one_stays() {
    let app = TestApp::init().await;
    let crowd = [app.superuser().await, app.superuser().await, app.superuser().await];
    let (mut done, mut refused) = (0, 0);
    for round in 0..50 {
        let responses = all_at_once(&crowd, &json!({ "is_superuser": false })).await;
        assert!(responses.iter().all(|status| [200, 403, 503].contains(status)), "round {round}: {responses:?}");
        let left = count(&app, &crowd, "is_superuser").await;
        assert!((1..3).contains(&left), "round {round}: {left} left, {responses:?}");
        done += responses.iter().filter(|status| **status == 200).count();
        refused += responses.iter().filter(|status| **status == 403).count();
        for user in &crowd {
            set_flag(&app, user.id, "is_superuser", true).await;
        }
        // A superuser makes up to two changes a round, and may make sixty a minute.
        seconds(&app, 2);
    }
    assert!(done >= 50 && refused >= 50, "the changes did not collide often enough: {done} done, {refused} refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_superusers_deactivating_each_other_one_stays() {
    let app = TestApp::init().await;
    let crowd = [app.superuser().await, app.superuser().await];
    for round in 0..25 {
        let responses = all_at_once(&crowd, &json!({ "is_active": false })).await;
        // The guard or the transaction refuses the deactivated superuser.
        assert!(responses.iter().all(|status| [200, 401, 403, 503].contains(status)), "round {round}: {responses:?}");
        assert_eq!(count(&app, &crowd, "is_active").await, 1, "round {round}: {responses:?}");
        for user in &crowd {
            set_flag(&app, user.id, "is_active", true).await;
            // A deactivation raises the epoch, which ends the session. The next round needs the session.
            app.set("users", ("id", &user.id.to_string()), "epoch", AttributeValue::N("0".to_owned())).await;
        }
        seconds(&app, 1);
    }
}

/// Cancels the first `times` transactions with these reasons, in the order of the parts: target, actor.
fn cancel(app: &TestApp, reasons: [&'static str; 2], mut times: usize) {
    app.dynamo.fault(move |call| {
        if call.operation != "TransactWriteItems" || times == 0 {
            return None;
        }
        times -= 1;
        Some(Fault::Fail(json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": format!("Transaction cancelled, please refer cancellation reasons for specific reasons {reasons:?}"),
            "CancellationReasons": reasons.map(|code| json!({ "Code": code })),
        })))
    });
}

#[tokio::test]
async fn a_change_that_meets_another_one_is_tried_again() {
    const FAILED: &str = "ConditionalCheckFailed";
    const CONFLICT: &str = "TransactionConflict";
    let app = TestApp::init().await;
    let (superuser, ada) = (app.superuser().await, plain(&app).await);
    for (reasons, times, status, code) in [
        ([CONFLICT, "None"], 1, 200, ""),
        (["None", CONFLICT], 3, 200, ""),
        ([CONFLICT, CONFLICT], usize::MAX, 503, "unavailable"),
        (["None", FAILED], 1, 403, "superuser_required"),
        // Another change came between the read and the write, so the account is read again.
        ([FAILED, "None"], 1, 200, ""),
        ([CONFLICT, FAILED], 1, 403, "superuser_required"),
    ] {
        set_flag(&app, ada, "is_staff", false).await;
        cancel(&app, reasons, times);
        let response = change(&superuser, ada, json!({ "is_staff": true })).await;
        assert!(response.is(status, code), "{reasons:?}: {} {}", response.status, response.body);
        assert_eq!(flag(&app, ada, "is_staff").await, status == 200, "{reasons:?}");
    }
}
