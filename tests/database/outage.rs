use std::time::{Duration, Instant};

use axum::http::Method;
use serde_json::json;
use tests::{Call, Fault, PASSWORD, TestApp};
use tokio::task::JoinSet;

use crate::assert_unavailable;

/// Asserts that reads and limited writes are refused while all tables except the counters have this fault.
async fn refuses(app: &TestApp, fault: Fault) {
    let (user, staff, superuser) = (app.user().await, app.staff().await, app.superuser().await);
    let account = format!("/v1/users/{}", user.id);
    let session = format!("/v1/auth/sessions/{}", user.refresh_token.split('.').next().unwrap());
    let sign_in = json!({ "username": user.username, "password": PASSWORD });
    let refresh = json!({ "refresh_token": user.refresh_token });
    let tries = [
        (app.anon(), Method::GET, "/.well-known/jwks.json".to_owned(), None),
        (user.clone(), Method::GET, "/v1/users/me".to_owned(), None),
        (user.clone(), Method::PATCH, "/v1/users/me".to_owned(), Some(json!({ "first_name": "Ada" }))),
        (user.clone(), Method::GET, "/v1/auth/sessions".to_owned(), None),
        (user.clone(), Method::DELETE, session, None),
        (user.clone(), Method::DELETE, "/v1/auth/sessions".to_owned(), None),
        (staff.clone(), Method::GET, account.clone(), None),
        (staff, Method::GET, "/v1/users".to_owned(), None),
        (superuser, Method::PATCH, account, Some(json!({ "is_staff": true }))),
        (app.anon(), Method::POST, "/v1/auth/token".to_owned(), Some(sign_in)),
        (app.anon(), Method::POST, "/v1/auth/token/refresh".to_owned(), Some(refresh.clone())),
        (app.anon(), Method::POST, "/v1/auth/token/revoke".to_owned(), Some(refresh.clone())),
        (app.anon(), Method::GET, "/v1/health".to_owned(), None),
    ];
    let shown = format!("{fault:?}");
    app.dynamo.fault(move |call| (!call.is(&call.operation, "rate_limits")).then(|| fault.clone()));
    let mut all = JoinSet::new();
    for (caller, method, path, body) in tries {
        all.spawn(async move {
            let started = Instant::now();
            let response = caller.send(method.clone(), &path, body).await;
            (format!("{method} {path}"), response, started.elapsed())
        });
    }
    for (name, response, took) in all.join_all().await {
        assert_eq!(response.status, 503, "{shown} {name}: {}", response.body);
        if !name.ends_with("/health") {
            assert_unavailable(&response);
        }
        assert!(took < Duration::from_secs(5), "{shown} {name}: {took:?}");
    }
    app.dynamo.heal();
    // The fault has passed, and has signed nobody out.
    assert_eq!(user.get("/v1/users/me").await.status, 200);
    assert_eq!(user.post("/v1/auth/token/refresh", refresh).await.status, 200);
}

#[tokio::test]
async fn a_database_that_throttles_is_unavailable() {
    let app = TestApp::init().await;
    for code in
        ["ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded", "InternalServerError"]
    {
        refuses(&app, Fault::Refuse(code)).await;
    }
}

#[tokio::test]
async fn a_database_that_hangs_is_unavailable() {
    refuses(&TestApp::init().await, Fault::Hang).await;
}

#[tokio::test]
async fn reads_behind_the_live_check_are_unavailable_too() {
    let app = TestApp::init().await;
    let (user, staff) = (app.user().await, app.staff().await);
    for (caller, path, operation, table) in [
        (&user, "/v1/auth/sessions".to_owned(), "Query", "sessions"),
        (&user, "/v1/auth/sessions".to_owned(), "BatchGetItem", "sessions"),
        (&user, "/.well-known/jwks.json".to_owned(), "Scan", "signing_keys"),
        (&staff, format!("/v1/users/{}", user.id), "GetItem", "users"),
        (&staff, "/v1/users".to_owned(), "Scan", "users"),
    ] {
        // The live check reads users and sessions in one call. That call passes.
        let live_check = |call: &Call| call.is("BatchGetItem", "users") && call.is("BatchGetItem", "sessions");
        app.dynamo.fault(move |call| {
            let is_meant = call.is(operation, table) && !live_check(call);
            is_meant.then_some(Fault::Refuse("ThrottlingException"))
        });
        assert_unavailable(&caller.get(&path).await);
        app.dynamo.heal();
        assert_eq!(caller.get(&path).await.status, 200, "{path}");
    }
}

/// The client does not notice a single refusal, because the call is tried again.
#[tokio::test]
async fn a_moment_of_throttling_is_bridged() {
    let app = TestApp::init().await;
    let mut refused = false;
    app.dynamo.fault(move |call: &Call| {
        let first = call.is("Scan", "signing_keys") && !std::mem::replace(&mut refused, true);
        first.then_some(Fault::Refuse("ThrottlingException"))
    });
    assert_eq!(app.anon().get("/.well-known/jwks.json").await.status, 200);
}
