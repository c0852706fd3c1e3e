use auth::Clock;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use tests::{Client, Forge, SEED, TestApp};

use crate::{BURST, keys, knock};

async fn refresh(caller: &Client) -> tests::Response {
    caller.post("/v1/auth/token/refresh", json!({ "refresh_token": caller.refresh_token })).await
}

/// The time of the app's clock plus `by`, in seconds.
fn second(app: &TestApp, by: i64) -> AttributeValue {
    AttributeValue::N((app.clock.now().as_second() + by).to_string())
}

#[tokio::test]
async fn an_expired_counter_that_still_exists_counts_as_absent() {
    let app = TestApp::init().await;
    let caller = app.anon();
    while knock(&caller).await {}
    let key = keys(&app, "ip").await.remove(0);
    // `None`: the counter as the API wrote it. `Some`: a time in the past, written into the table.
    app.clock.advance_millis(600_000);
    for tat in [None, Some("1"), Some("-1"), Some("0")] {
        if let Some(tat) = tat {
            app.set("rate_limits", ("key", &key), "tat", AttributeValue::N(tat.to_owned())).await;
            app.set("rate_limits", ("key", &key), "expires_at", AttributeValue::N("1".to_owned())).await;
            app.clock.advance_millis(600_000);
        }
        let item = app.items("rate_limits").await.remove(0);
        let expires_at: i64 = item["expires_at"].as_n().unwrap().parse().unwrap();
        assert!(expires_at < app.clock.now().as_second());
        let other = app.second_process();
        for caller in [&caller, &other.anon().at(&caller.address.to_string())] {
            for at in 0..BURST {
                assert!(knock(caller).await, "{tat:?} {at}");
            }
            assert!(!knock(caller).await, "{tat:?}");
            app.clock.advance_millis(600_000);
        }
    }
}

#[tokio::test]
async fn a_counter_is_kept_for_as_long_as_it_matters() {
    let app = TestApp::init().await;
    let caller = app.anon();
    while knock(&caller).await {}
    let item = app.items("rate_limits").await.remove(0);
    let of = |name: &str| item[name].as_n().unwrap().parse::<i64>().unwrap();
    assert_eq!(of("tat"), app.clock.now().as_millisecond() + 60_000);
    assert!(of("expires_at") * 1_000 >= of("tat"));
}

#[tokio::test]
async fn an_expired_session_that_still_exists_counts_as_absent() {
    let app = TestApp::init().await;
    // (seconds from now to the session's end, whether the session counts)
    for (ends, alive) in [(1, true), (0, false), (-1, false), (-86_400, false)] {
        let user = app.user().await;
        let session = Forge::claims(user.token.as_ref().unwrap())["sid"].as_str().unwrap().to_owned();
        app.set("sessions", ("id", &session), "expires_at", second(&app, ends)).await;
        let (status, code) = if alive { (200, "") } else { (401, "token_invalid") };
        assert!(user.get("/v1/users/me").await.is(status, code), "{ends}");
        let refreshed = refresh(&user).await;
        assert!(refreshed.is(status, code), "{ends}: {}", refreshed.body);
        let revoke = json!({ "refresh_token": user.refresh_token });
        assert_eq!(user.post("/v1/auth/token/revoke", revoke).await.status, 204, "{ends}");
    }
}

#[tokio::test]
async fn a_key_whose_lease_passed_but_which_still_exists_counts_as_absent() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let kid = Forge::new(SEED).kid().to_owned();
    for (lease, status, code) in [(1, 200, ""), (0, 401, "token_invalid"), (-1, 401, "token_invalid")] {
        let until = app.clock.now().as_millisecond() + lease;
        app.set("signing_keys", ("kid", &kid), "lease_until", AttributeValue::N(until.to_string())).await;
        // A process that remembers nothing.
        let other = app.second_process();
        let response = other.anon().with_token(user.token.clone().unwrap()).get("/v1/users/me").await;
        assert!(response.is(status, code), "{lease}: {}", response.body);
    }
}
