use std::time::{Duration, Instant};

use axum::http::Method;
use serde_json::json;
use tests::{Call, Fault, PASSWORD, TestApp};
use tokio::task::JoinSet;

use crate::assert_unavailable;

/// Every ordinary read, and every write behind a limit, while all tables but the counters have this fault.
async fn refuses(app: &TestApp, fault: Fault) {
    let (user, staff, superuser) = (app.user().await, app.staff().await, app.superuser().await);
    let product = format!("/v1/products/{}", app.product("a").await);
    let like = format!("{product}/favorite");
    let sign_in = json!({ "username": user.username, "password": PASSWORD });
    let refresh = json!({ "refresh_token": user.refresh_token });
    let tries = [
        (app.anon(), Method::GET, "/v1/products".to_owned(), None),
        (app.anon(), Method::GET, product.clone(), None),
        (user.clone(), Method::GET, "/v1/users/me".to_owned(), None),
        (user.clone(), Method::GET, "/v1/products/favorites".to_owned(), None),
        (user.clone(), Method::PUT, like.clone(), None),
        (user.clone(), Method::DELETE, like, None),
        (staff.clone(), Method::GET, format!("/v1/users/{}", user.id), None),
        (staff.clone(), Method::POST, "/v1/products".to_owned(), Some(json!({ "name": "a", "price": "1" }))),
        (staff, Method::PATCH, product.clone(), Some(json!({ "name": "a" }))),
        (superuser, Method::DELETE, product, None),
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
            let answer = caller.send(method.clone(), &path, body).await;
            (format!("{method} {path}"), answer, started.elapsed())
        });
    }
    for (name, answer, took) in all.join_all().await {
        assert_eq!(answer.status, 503, "{shown} {name}: {}", answer.body);
        if !name.ends_with("/health") {
            assert_unavailable(&answer);
        }
        assert!(took < Duration::from_secs(5), "{shown} {name}: {took:?}");
    }
    app.dynamo.heal();
    // It was all about the moment: nobody was signed out.
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
    let product = app.product("a").await;
    assert_eq!(user.put(&format!("/v1/products/{product}/favorite")).await.status, 204);
    for (caller, path, operation, table) in [
        (&user, "/v1/users/me".to_owned(), "GetItem", "users"),
        (&staff, format!("/v1/users/{}", user.id), "GetItem", "users"),
        (&user, "/v1/products/favorites".to_owned(), "Query", "favorites"),
        (&user, "/v1/products/favorites".to_owned(), "BatchGetItem", "products"),
        (&user, "/v1/products".to_owned(), "Query", "products"),
        (&user, format!("/v1/products/{product}"), "GetItem", "products"),
    ] {
        app.dynamo.fault(move |call| call.is(operation, table).then_some(Fault::Refuse("ThrottlingException")));
        assert_unavailable(&caller.get(&path).await);
        app.dynamo.heal();
        assert_eq!(caller.get(&path).await.status, 200, "{path}");
    }
}

/// One refusal that passes by itself is not seen by the client.
#[tokio::test]
async fn a_moment_of_throttling_is_bridged() {
    let app = TestApp::init().await;
    let mut refused = false;
    app.dynamo.fault(move |call: &Call| {
        let first = call.is("Query", "products") && !std::mem::replace(&mut refused, true);
        first.then_some(Fault::Refuse("ThrottlingException"))
    });
    assert_eq!(app.anon().get("/v1/products").await.status, 200);
}
