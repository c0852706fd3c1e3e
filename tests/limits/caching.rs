use serde_json::json;
use tests::{Call, TestApp};

use crate::{BURST, keys, knock, retry_after, sign_in, writes};

#[tokio::test]
async fn an_admitted_call_is_one_write() {
    let app = TestApp::init().await;
    let (superuser, account) = (app.superuser().await, format!("/v1/users/{}", app.user().await.id));
    let change = json!({ "is_staff": true });
    for at in 0..20 {
        app.dynamo.take_calls();
        assert_eq!(superuser.patch(&account, change.clone()).await.status, 200);
        assert_eq!(writes(&app.dynamo.take_calls(), "user"), 1, "{at}");
    }
    // The same holds after time has refilled a part of the bucket, or all of it.
    for pause in [1_500, 120_000] {
        app.clock.advance_millis(pause);
        app.dynamo.take_calls();
        assert_eq!(superuser.patch(&account, change.clone()).await.status, 200);
        assert_eq!(writes(&app.dynamo.take_calls(), "user"), 1, "{pause}");
    }
}

#[tokio::test]
async fn a_process_without_knowledge_takes_two_writes_at_most() {
    let app = TestApp::init().await;
    let caller = app.anon().at("192.0.2.1");
    for already in 0..=BURST {
        let cold = app.second_process();
        let caller = cold.anon().at("192.0.2.1");
        app.dynamo.take_calls();
        assert_eq!(knock(&caller).await, already < BURST, "{already}");
        let expected = if (1..BURST).contains(&already) { 2 } else { 1 };
        assert_eq!(writes(&app.dynamo.take_calls(), "ip"), expected, "{already}");
    }
    assert!(!knock(&caller).await);
}

#[tokio::test]
async fn a_flood_on_a_blocked_key_costs_nothing() {
    let app = TestApp::init().await;
    let other = app.second_process();
    let (caller, cold) = (app.anon().at("192.0.2.1"), other.anon().at("192.0.2.1"));
    while knock(&caller).await {}
    // The first process knows the block from its own admissions, the second one from a refusal.
    assert!(!knock(&cold).await);
    app.dynamo.take_calls();
    for at in 0..100 {
        app.clock.advance_millis(59);
        assert!(!knock(&caller).await, "{at}");
        assert!(!knock(&cold).await, "{at}");
    }
    let calls: Vec<Call> = app.dynamo.take_calls();
    assert!(calls.is_empty(), "{calls:?}");
}

/// Uses the counter of an account, which blocks for longer than 30 s.
#[tokio::test]
async fn an_operators_unblock_is_seen_within_thirty_seconds() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let caller = app.anon();
    for _ in 0..BURST {
        assert_eq!(sign_in(&caller, &user.username, "wrong-password").await.status, 401);
    }
    let key = keys(&app, "subject+ip").await.into_iter().find(|key| key.contains(&caller.address.to_string()));
    let table = format!("{}rate_limits", app.prefix);
    let key = aws_sdk_dynamodb::types::AttributeValue::S(key.unwrap());
    app.database.delete_item().table_name(table).key("key", key).send().await.unwrap();
    // (milliseconds before the call, seconds to wait if refused)
    for (passed, wait) in [(6_000, Some(84)), (23_999, Some(61)), (1, None)] {
        app.clock.advance_millis(passed);
        app.dynamo.take_calls();
        let response = sign_in(&caller, &user.username, tests::PASSWORD).await;
        let asked = writes(&app.dynamo.take_calls(), "subject+ip");
        match wait {
            Some(seconds) => {
                assert!(response.is(429, "rate_limited"), "{}", response.body);
                assert_eq!((retry_after(&response), asked), (seconds, 0));
            }
            None => assert_eq!((response.status, asked > 0), (200, true), "{}", response.body),
        }
    }
}

/// Without an unblock, the counter is read again and still refuses.
#[tokio::test]
async fn a_block_is_asked_about_again_and_stays() {
    let app = TestApp::init().await;
    let caller = app.anon();
    for _ in 0..BURST {
        assert_eq!(sign_in(&caller, "nobody", "wrong-password").await.status, 401);
    }
    for (passed, wait, writes_made) in [(30_000, 60, 1), (6_000, 54, 0), (24_000, 30, 1), (29_999, 1, 0)] {
        app.clock.advance_millis(passed);
        app.dynamo.take_calls();
        let response = sign_in(&caller, "nobody", "wrong-password").await;
        assert!(response.is(429, "rate_limited"), "{}", response.body);
        assert_eq!((retry_after(&response), writes(&app.dynamo.take_calls(), "subject+ip")), (wait, writes_made));
    }
    app.clock.advance_millis(1);
    assert_eq!(sign_in(&caller, "nobody", "wrong-password").await.status, 401);
}
