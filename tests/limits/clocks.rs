use auth::Clock;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use tests::{Client, TestApp};

use crate::{admitted, keys, knock, retry_after, sign_in};

/// Waits as long as each refusal says until a call passes. Returns the seconds waited.
async fn wait_until_admitted(app: &TestApp, caller: &Client, name: &str) -> i64 {
    let mut waited = 0;
    for _ in 0..10 {
        let response = sign_in(caller, name, "wrong-password").await;
        if response.is(401, "credentials_invalid") {
            return waited;
        }
        assert!(response.is(429, "rate_limited"), "{}", response.body);
        waited += retry_after(&response);
        app.clock.advance_millis(retry_after(&response) * 1_000);
    }
    panic!("still refused after {waited} s");
}

#[tokio::test]
async fn a_clock_set_back_locks_nobody_out_for_longer_than_a_window() {
    let app = TestApp::init().await;
    let other = app.second_process();
    // Set back by less than a full window explains, by about that much, by five minutes, and by a day.
    for (at, back) in [1_000, 4_999, 5_000, 5_001, 60_000, 300_000, 86_400_000].into_iter().enumerate() {
        let address = format!("192.0.2.{at}");
        let (caller, cold) = (app.anon().at(&address), other.anon().at(&address));
        while knock(&caller).await {}
        app.clock.advance_millis(-back);
        // The jump refills nothing.
        assert!(!knock(&caller).await, "{back}");
        let waited = wait_until_admitted(&app, &cold, &format!("nobody{at}")).await;
        assert!((1..=60).contains(&waited), "{back}: {waited} s");
        app.clock.advance_millis(6_000);
        assert!(knock(&caller).await, "{back}");
    }
}

#[tokio::test]
async fn the_longer_window_of_an_account_outlives_a_clock_set_back_too() {
    let app = TestApp::init().await;
    let caller = app.anon();
    for _ in 0..10 {
        assert_eq!(sign_in(&caller, "nobody", "wrong-password").await.status, 401);
    }
    app.clock.advance_millis(-1_200_000);
    let waited = wait_until_admitted(&app, &caller, "nobody").await;
    assert!((1..=900).contains(&waited), "{waited} s");
}

#[tokio::test]
async fn a_counter_from_the_far_future_refuses_once_and_is_reset() {
    let app = TestApp::init().await;
    let other = app.second_process();
    let (caller, cold) = (app.anon().at("192.0.2.1"), other.anon().at("192.0.2.1"));
    assert!(knock(&caller).await);
    let key = keys(&app, "ip").await.remove(0);
    for (caller, ahead) in [(&caller, 65_001), (&cold, 65_001), (&caller, 31_536_000_000), (&cold, i64::MAX / 2)] {
        // The pause outlasts the blocks that a process remembers.
        app.clock.advance_millis(30_000);
        let now = app.clock.now().as_millisecond();
        app.set("rate_limits", ("key", &key), "tat", AttributeValue::N((now + ahead).to_string())).await;
        let refused = caller.post("/v1/auth/token", json!({})).await;
        assert!(!admitted(&refused));
        assert_eq!(retry_after(&refused), 6, "{ahead}");
        let tat = app.items("rate_limits").await[0]["tat"].as_n().unwrap().clone();
        assert_eq!(tat, (now + 60_000).to_string(), "{ahead}");
        app.clock.advance_millis(5_999);
        assert!(!knock(caller).await, "{ahead}");
        app.clock.advance_millis(1);
        assert!(knock(caller).await, "{ahead}");
    }
    // A counter that two slightly different clocks can cause is not reset.
    app.clock.advance_millis(30_000);
    let ahead = app.clock.now().as_millisecond() + 65_000;
    app.set("rate_limits", ("key", &key), "tat", AttributeValue::N(ahead.to_string())).await;
    assert_eq!(retry_after(&cold.post("/v1/auth/token", json!({})).await), 11);
    assert_eq!(app.items("rate_limits").await[0]["tat"].as_n().unwrap(), &ahead.to_string());
}

#[tokio::test]
async fn a_call_that_a_later_one_overtook_is_judged_by_the_time_it_is_then() {
    let app = TestApp::init().await;
    let caller = app.anon();
    for _ in 0..9 {
        assert!(knock(&caller).await);
    }
    // As if another process had started the bucket a millisecond later. So the tenth call is too early now.
    let counter = &app.items("rate_limits").await[0];
    let (key, tat) = (counter["key"].as_s().unwrap(), counter["tat"].as_n().unwrap().parse::<i64>().unwrap());
    app.set("rate_limits", ("key", key), "tat", AttributeValue::N((tat + 1).to_string())).await;
    let (clock, mut on_its_way) = (app.clock.clone(), true);
    app.dynamo.fault(move |call| {
        if call.is("UpdateItem", "rate_limits") && std::mem::take(&mut on_its_way) {
            clock.advance_millis(1);
        }
        None
    });
    assert!(knock(&caller).await, "the bucket has room for one by then");
    assert!(!knock(&caller).await, "and for no more");
}
