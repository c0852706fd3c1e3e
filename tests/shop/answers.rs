//! Answers of DynamoDB that can't be understood, and writes that meet a transaction.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::Method;
use serde_json::{Value, json};
use tests::{Client, Fault, PASSWORD, TestApp, conflict};

use crate::assert_unavailable;

/// A request, and one call to DynamoDB that it makes.
struct Case {
    client: Client,
    request: (Method, String, Option<Value>),
    call: (&'static str, &'static str),
    status: u16,
}

impl Case {
    async fn send(&self) -> tests::Response {
        let (method, path, body) = self.request.clone();
        self.client.send(method, &path, body).await
    }
}

/// Applies the fault to the first `times` calls of this kind. Returns the number of calls so far.
fn at_first(
    app: &TestApp,
    (operation, table): (&'static str, &'static str),
    times: usize,
    fault: Fault,
) -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let calls = Arc::clone(&count);
    app.dynamo.fault(move |call| {
        let first = call.is(operation, table) && calls.fetch_add(1, Ordering::SeqCst) < times;
        first.then(|| fault.clone())
    });
    count
}

async fn reads(app: &TestApp) -> Vec<Case> {
    let (staff, product) = (app.staff().await, app.product("a").await);
    assert_eq!(staff.put(&format!("/v1/products/{product}/favorite")).await.status, 204);
    let get = |path: &str, call| Case {
        client: staff.clone(),
        request: (Method::GET, path.to_owned(), None),
        call,
        status: 200,
    };
    let fresh = get("/v1/users/me", ("GetItem", "signing_keys"));
    vec![
        // Before any other call, so that the key is not yet known.
        Case { client: app.anon_like(&staff), ..fresh },
        get("/v1/users/me", ("BatchGetItem", "users")),
        get(&format!("/v1/users/{}", staff.id), ("GetItem", "users")),
        get("/v1/users", ("Scan", "users")),
        get("/v1/auth/sessions", ("Query", "sessions")),
        get("/v1/products", ("Query", "products")),
        get(&format!("/v1/products/{product}"), ("GetItem", "products")),
        get("/v1/products/favorites", ("Query", "favorites")),
        get("/v1/products/favorites", ("BatchGetItem", "products")),
    ]
}

#[tokio::test]
async fn answers_that_cannot_be_understood_are_no_refusal_and_no_absence() {
    const ANSWERS: [(u16, &str); 8] = [
        (200, ""),
        (200, "{}"),
        (200, r#"{"Responses": {"#),
        (200, "<html>"),
        (400, ""),
        (400, "{}"),
        (403, "<html>"),
        (400, r#"{"__type": "SomethingElse"}"#),
    ];
    let app = TestApp::init().await;
    for case in reads(&app).await {
        for (status, text) in ANSWERS {
            let name = format!("{} {:?} {status} {text}", case.request.1, case.call);
            if case.call.1 == "signing_keys" {
                if text.len() > 2 {
                    continue;
                }
                // Another process does not know the key yet.
                let other = app.second_process();
                let client = other.anon_like(&case.client);
                let count = at_first(&app, case.call, usize::MAX, Fault::Garbled(status, text));
                assert_unavailable(&client.get(&case.request.1).await);
                assert_eq!(count.load(Ordering::SeqCst), 3, "{name}");
                app.dynamo.heal();
                // The key was not remembered as missing.
                app.clock.advance_millis(6_000);
                assert_eq!(client.get(&case.request.1).await.status, 200, "{name}");
                continue;
            }
            let count = at_first(&app, case.call, 1, Fault::Garbled(status, text));
            assert_eq!(case.send().await.status, case.status, "{name}");
            assert_eq!(count.load(Ordering::SeqCst), 2, "{name}");
            // The SDK retries less after many failures.
            if text.len() > 2 {
                continue;
            }
            let count = at_first(&app, case.call, usize::MAX, Fault::Garbled(status, text));
            assert_unavailable(&case.send().await);
            assert_eq!(count.load(Ordering::SeqCst), 3, "{name}");
            app.dynamo.heal();
            // For the limits of the lists.
            app.clock.advance_millis(6_000);
        }
    }
}

#[tokio::test]
async fn a_write_whose_answer_says_nothing_is_made_again() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let like = format!("/v1/products/{}/favorite", app.product("a").await);
    let tries = [
        (Method::PUT, ("UpdateItem", "favorites"), ["", "{}"]),
        (Method::DELETE, ("DeleteItem", "favorites"), ["", "{}"]),
    ];
    for (method, call, nothing) in tries {
        for text in nothing {
            let name = format!("{method} {text:?}");
            let count = at_first(&app, call, 1, Fault::Garbled(200, text));
            assert_eq!(user.send(method.clone(), &like, None).await.status, 204, "{name}");
            assert_eq!(count.load(Ordering::SeqCst), 2, "{name}");
            app.dynamo.heal();
        }
    }
    assert_eq!(app.items("favorites").await, Vec::new());
}

#[tokio::test]
async fn a_write_that_meets_a_transaction_is_tried_again() {
    let app = TestApp::init().await;
    let (user, superuser) = (app.user().await, app.superuser().await);
    let (first, second) = (app.product("a").await, app.product("b").await);
    let sign_in = json!({ "username": user.username, "password": PASSWORD });
    let case = |client: &Client, method, path: String, body, call, status| Case {
        client: client.clone(),
        request: (method, path, body),
        call,
        status,
    };
    let like = format!("/v1/products/{first}/favorite");
    for case in [
        case(&user, Method::PUT, like.clone(), None, ("UpdateItem", "favorites"), 204),
        case(&user, Method::DELETE, like, None, ("DeleteItem", "favorites"), 204),
        case(&user, Method::POST, "/v1/auth/token".to_owned(), Some(sign_in), ("PutItem", "sessions"), 200),
        case(&user, Method::DELETE, "/v1/auth/sessions".to_owned(), None, ("UpdateItem", "users"), 204),
    ] {
        let count = at_first(&app, case.call, 4, Fault::Refuse("TransactionConflictException"));
        assert_eq!(case.send().await.status, case.status, "{:?}", case.call);
        assert_eq!(count.load(Ordering::SeqCst), 5, "{:?}", case.call);
    }
    let delete = ("TransactWriteItems", "products");
    let count = at_first(&app, delete, 4, conflict(2));
    assert_eq!(superuser.delete(&format!("/v1/products/{second}")).await.status, 204);
    assert_eq!(count.load(Ordering::SeqCst), 5);
    let count = at_first(&app, delete, usize::MAX, conflict(2));
    assert_unavailable(&superuser.delete(&format!("/v1/products/{first}")).await);
    assert_eq!(count.load(Ordering::SeqCst), 16);
}
