use std::time::{Duration, Instant};

use axum::http::Method;
use serde_json::{Value, json};
use tests::{Client, Fault, PASSWORD, Response, TestApp};
use tokio::task::JoinSet;

use crate::{BURST, knock, sign_in};

type Try = (Client, Method, String, Option<Value>, u16);

/// Sends all requests at once. Returns each with its response and duration.
async fn all_at_once(tries: &[Try]) -> Vec<(Try, Response, Duration)> {
    let mut all = JoinSet::new();
    for at in tries.iter().cloned() {
        all.spawn(async move {
            let started = Instant::now();
            let response = at.0.send(at.1.clone(), &at.2, at.3.clone()).await;
            (at, response, started.elapsed())
        });
    }
    all.join_all().await
}

fn counters_down(app: &TestApp, fault: Fault) {
    app.dynamo.fault(move |call| call.is("UpdateItem", "rate_limits").then(|| fault.clone()));
}

/// Tests routes that guard a credential, and ordinary writes, during this fault of the counters and after it.
async fn survives(fault: Fault) {
    let app = TestApp::init().await;
    let (user, superuser) = (app.user().await, app.superuser().await);
    let other = app.user().await;
    let (account, ended) = (format!("/v1/users/{}", other.id), app.sign_in(&other.username).await);
    let session = format!("/v1/auth/sessions/{}", ended.refresh_token.split('.').next().unwrap());
    let body = |json: Value| Some(json);
    let new = json!({ "username": "new", "email": "new@example.com", "password": PASSWORD });
    let refresh = json!({ "refresh_token": user.refresh_token });
    let tries: Vec<Try> = vec![
        (user.clone(), Method::POST, "/v1/auth/token/refresh".into(), body(refresh.clone()), 503),
        (user.clone(), Method::POST, "/v1/auth/token/revoke".into(), body(refresh.clone()), 503),
        (app.anon(), Method::POST, "/v1/users".into(), body(new.clone()), 503),
        (
            app.anon(),
            Method::POST,
            "/v1/auth/token".into(),
            body(json!({ "username": user.username, "password": PASSWORD })),
            503,
        ),
        (user.clone(), Method::PATCH, "/v1/users/me".into(), body(json!({ "first_name": "Ada" })), 503),
        (superuser.clone(), Method::PATCH, account.clone(), body(json!({ "is_staff": true })), 200),
        (other.clone(), Method::DELETE, session, None, 204),
        (superuser.clone(), Method::DELETE, "/v1/auth/sessions".into(), None, 204),
    ];
    counters_down(&app, fault.clone());
    for ((_, method, path, _, expected), response, took) in all_at_once(&tries).await {
        assert_eq!(response.status, expected, "{fault:?} {method} {path}: {}", response.body);
        assert!(took < Duration::from_secs(5), "{fault:?} {method} {path}: {took:?}");
        if expected == 503 {
            assert_eq!(response.code(), "unavailable");
            let seconds: u32 = response.header("retry-after").parse().unwrap();
            assert!(seconds >= 1);
        }
    }
    app.dynamo.heal();
    // The refused calls changed nothing: the session works, the name is free.
    assert_eq!(app.anon().post("/v1/users", new).await.status, 201);
    assert_eq!(user.post("/v1/auth/token/refresh", refresh).await.status, 200);
    assert_eq!(user.get("/v1/users/me").await.json()["first_name"], "");
    // The ordinary writes were done.
    assert_eq!(app.staff().await.get(&account).await.json()["is_staff"], true);
    assert!(ended.get("/v1/users/me").await.is(401, "token_invalid"));
    assert!(superuser.get("/v1/users/me").await.is(401, "token_invalid"));
}

#[tokio::test]
async fn counters_that_throttle() {
    survives(Fault::Refuse("ThrottlingException")).await;
}

#[tokio::test]
async fn counters_that_hang() {
    survives(Fault::Hang).await;
}

#[tokio::test]
async fn counters_that_lose_the_response() {
    survives(Fault::LoseResponse).await;
}

/// A counted call counts even if the response of the write was lost. Otherwise some tries would be free.
#[tokio::test]
async fn lost_responses_do_not_widen_the_limit() {
    let app = TestApp::init().await;
    let caller = app.anon();
    counters_down(&app, Fault::LoseResponse);
    assert!(caller.post("/v1/auth/token", json!({})).await.is(503, "unavailable"));
    app.dynamo.heal();
    let mut passed = 0;
    while knock(&caller).await {
        passed += 1;
    }
    assert!(passed < BURST, "{passed}");
}

/// The limit by account guards the same credential as the limit by address.
#[tokio::test]
async fn the_second_limit_fails_closed_too() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let down =
        |call: &tests::Call, kind: &str| call.is("UpdateItem", "rate_limits") && call.body.to_string().contains(kind);
    app.dynamo.fault(move |call| down(call, "|subject+ip:").then_some(Fault::Refuse("ThrottlingException")));
    let response = sign_in(&app.anon(), &user.username, PASSWORD).await;
    assert!(response.is(503, "unavailable"), "{}", response.body);
    app.dynamo.fault(move |call| down(call, "|subject:").then_some(Fault::Refuse("ThrottlingException")));
    let refresh = json!({ "refresh_token": user.refresh_token });
    let response = user.post("/v1/auth/token/refresh", refresh.clone()).await;
    assert!(response.is(503, "unavailable"), "{}", response.body);
    app.dynamo.heal();
    assert_eq!(user.post("/v1/auth/token/refresh", refresh).await.status, 200);
}

/// A known block holds during an outage, without a read.
#[tokio::test]
async fn a_blocked_user_is_not_let_in_by_an_outage() {
    let app = TestApp::init().await;
    let (superuser, account) = (app.superuser().await, format!("/v1/users/{}", app.user().await.id));
    let change = json!({ "is_staff": true });
    for _ in 0..60 {
        assert_eq!(superuser.patch(&account, change.clone()).await.status, 200);
    }
    counters_down(&app, Fault::Refuse("ThrottlingException"));
    let response = superuser.patch(&account, change).await;
    assert!(response.is(429, "rate_limited"), "{}", response.body);
}
