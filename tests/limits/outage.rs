use std::time::{Duration, Instant};

use axum::http::Method;
use serde_json::{Value, json};
use tests::{Client, Fault, PASSWORD, Response, TestApp};
use tokio::task::JoinSet;

use crate::{BURST, knock, sign_in};

type Try = (Client, Method, String, Option<Value>, u16);

/// Sends all of them at once, and gives what came back and how long it took.
async fn all_at_once(tries: &[Try]) -> Vec<(Try, Response, Duration)> {
    let mut all = JoinSet::new();
    for at in tries.iter().cloned() {
        all.spawn(async move {
            let started = Instant::now();
            let answer = at.0.send(at.1.clone(), &at.2, at.3.clone()).await;
            (at, answer, started.elapsed())
        });
    }
    all.join_all().await
}

fn counters_down(app: &TestApp, fault: Fault) {
    app.dynamo.fault(move |call| call.is("UpdateItem", "rate_limits").then(|| fault.clone()));
}

/// Credential routes and ordinary writes while the counters have this fault, and after it.
async fn survives(fault: Fault) {
    let app = TestApp::init().await;
    let (user, staff) = (app.user().await, app.staff().await);
    let superuser = app.superuser().await;
    let (liked, doomed) = (app.product("liked").await, app.product("doomed").await);
    let body = |json: Value| Some(json);
    let new = json!({ "username": "new", "email": "new@example.com", "password": PASSWORD });
    let refresh = json!({ "refresh_token": user.refresh_token });
    let path = |id: &str| format!("/v1/products/{id}");
    let like = format!("{}/favorite", path(&liked));
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
        (staff.clone(), Method::POST, "/v1/products".into(), body(json!({ "name": "new", "price": "1" })), 201),
        (staff.clone(), Method::PATCH, path(&liked), body(json!({ "price": "2" })), 200),
        (superuser, Method::DELETE, path(&doomed), None, 204),
        (user.clone(), Method::PUT, like.clone(), None, 204),
        (staff, Method::DELETE, like, None, 204),
    ];
    counters_down(&app, fault.clone());
    for ((_, method, path, _, expected), answer, took) in all_at_once(&tries).await {
        assert_eq!(answer.status, expected, "{fault:?} {method} {path}: {}", answer.body);
        assert!(took < Duration::from_secs(5), "{fault:?} {method} {path}: {took:?}");
        if expected == 503 {
            assert_eq!(answer.code(), "unavailable");
            let seconds: u32 = answer.header("retry-after").parse().unwrap();
            assert!(seconds >= 1);
        }
    }
    app.dynamo.heal();
    // Nothing was done behind the refusals: the session lives, the name is free.
    assert_eq!(app.anon().post("/v1/users", new).await.status, 201);
    assert_eq!(user.post("/v1/auth/token/refresh", refresh).await.status, 200);
    let listed = user.get("/v1/products/favorites").await;
    assert_eq!(listed.json()[0]["id"], liked.as_str(), "{}", listed.body);
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
async fn counters_that_lose_the_answer() {
    survives(Fault::LoseAnswer).await;
}

/// A write that was applied counts, though its answer was lost: no try is ever free.
#[tokio::test]
async fn lost_answers_do_not_widen_the_limit() {
    let app = TestApp::init().await;
    let caller = app.anon();
    counters_down(&app, Fault::LoseAnswer);
    assert!(caller.post("/v1/auth/token", json!({})).await.is(503, "unavailable"));
    app.dynamo.heal();
    let mut passed = 0;
    while knock(&caller).await {
        passed += 1;
    }
    assert!(passed < BURST, "{passed}");
}

/// The limit by account guards the same credential as the one by address.
#[tokio::test]
async fn the_second_limit_fails_closed_too() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let down =
        |call: &tests::Call, kind: &str| call.is("UpdateItem", "rate_limits") && call.body.to_string().contains(kind);
    app.dynamo.fault(move |call| down(call, "|subject+ip:").then_some(Fault::Refuse("ThrottlingException")));
    let answer = sign_in(&app.anon(), &user.username, PASSWORD).await;
    assert!(answer.is(503, "unavailable"), "{}", answer.body);
    app.dynamo.fault(move |call| down(call, "|subject:").then_some(Fault::Refuse("ThrottlingException")));
    let refresh = json!({ "refresh_token": user.refresh_token });
    let answer = user.post("/v1/auth/token/refresh", refresh.clone()).await;
    assert!(answer.is(503, "unavailable"), "{}", answer.body);
    app.dynamo.heal();
    assert_eq!(user.post("/v1/auth/token/refresh", refresh).await.status, 200);
}

/// What is known to be blocked stays blocked: an outage opens no door, and asks nobody.
#[tokio::test]
async fn a_blocked_user_is_not_let_in_by_an_outage() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    let product = json!({ "name": "a", "price": "1" });
    for _ in 0..60 {
        assert_eq!(staff.post("/v1/products", product.clone()).await.status, 201);
    }
    counters_down(&app, Fault::Refuse("ThrottlingException"));
    let answer = staff.post("/v1/products", product).await;
    assert!(answer.is(429, "rate_limited"), "{}", answer.body);
}
