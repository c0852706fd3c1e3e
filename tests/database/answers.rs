//! Answers of DynamoDB that say nothing: no row is absent, and no write is made, because of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Client, Fault, PASSWORD, Response, TestApp};

use crate::{assert_unavailable, sign_up};

/// Responds to the first `times` calls of this kind with 200 and this text. Returns the number of calls so far.
fn respond(
    app: &TestApp,
    (operation, table): (&'static str, &'static str),
    times: usize,
    text: &'static str,
) -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let calls = Arc::clone(&count);
    app.dynamo.fault(move |call| {
        // The live check reads users and sessions together.
        let is_meant = call.is(operation, table) && (table != "sessions" || !call.is("BatchGetItem", "users"));
        let first = is_meant && calls.fetch_add(1, Ordering::SeqCst) < times;
        first.then_some(Fault::Garbled(200, text))
    });
    count
}

/// A request, and a call to DynamoDB that it makes.
struct Case {
    client: Client,
    request: (Method, &'static str, Option<Value>),
    call: (&'static str, &'static str),
    status: u16,
    /// Answers that say nothing.
    nothing: &'static [&'static str],
}

impl Case {
    async fn send(&self) -> Response {
        let (method, path, body) = self.request.clone();
        self.client.send(method, path, body).await
    }
}

async fn cases(app: &TestApp) -> Vec<Case> {
    let (user, other) = (app.user().await, app.user().await);
    let refresh = json!({ "refresh_token": other.refresh_token });
    let sign_in = json!({ "username": user.username, "password": PASSWORD });
    let case = |client: &Client, method, path, body, call, status, nothing| Case {
        client: client.clone(),
        request: (method, path, body),
        call,
        status,
        nothing,
    };
    let (sessions, token) = ("/v1/auth/sessions", "/v1/auth/token");
    let lists: &[&str] = &["", "{}", r#"{"Responses": {}}"#, r#"{"Responses": {}, "UnprocessedKeys": {}}"#];
    vec![
        case(&user, Method::GET, "/v1/users/me", None, ("BatchGetItem", "users"), 200, lists),
        case(&user, Method::GET, sessions, None, ("BatchGetItem", "sessions"), 200, lists),
        case(&user, Method::GET, sessions, None, ("UpdateItem", "rate_limits"), 200, &["", "{}"]),
        case(&app.anon(), Method::POST, token, Some(sign_in), ("PutItem", "sessions"), 200, &[""]),
        case(
            &user,
            Method::POST,
            "/v1/auth/token/refresh",
            Some(refresh),
            ("UpdateItem", "sessions"),
            200,
            &["", "{}"],
        ),
        case(&app.anon(), Method::POST, "/v1/users", None, ("TransactWriteItems", "users"), 201, &[""]),
        case(
            &user,
            Method::PATCH,
            "/v1/users/me",
            Some(json!({ "first_name": "Ada" })),
            ("UpdateItem", "users"),
            200,
            &["", "{}"],
        ),
    ]
}

#[tokio::test]
async fn an_answer_that_says_nothing_is_asked_for_again() {
    let app = TestApp::init().await;
    for mut case in cases(&app).await {
        for (at, text) in case.nothing.iter().copied().enumerate() {
            let name = format!("{} {:?} {text:?}", case.request.1, case.call);
            if case.request.1 == "/v1/users" {
                case.request.2 = Some(sign_up(&format!("new{at}"), &format!("new{at}@example.com")));
            }
            let count = respond(&app, case.call, 1, text);
            let response = case.send().await;
            assert_eq!(response.status, case.status, "{name}: {}", response.body);
            assert_eq!(count.load(Ordering::SeqCst), 2, "{name}");
            app.dynamo.heal();
            if let Some(token) = response.json()["access_token"].as_str() {
                let me = case.client.with_token(token.to_owned()).get("/v1/users/me").await;
                assert_eq!(me.status, 200, "{name}: {}", me.body);
                if case.request.1.ends_with("refresh") {
                    case.request.2 = Some(json!({ "refresh_token": response.json()["refresh_token"] }));
                }
            }
        }
    }
}

#[tokio::test]
async fn answers_that_never_say_anything_are_an_outage() {
    let app = TestApp::init().await;
    for mut case in cases(&app).await {
        if case.call.1 == "rate_limits" {
            // An ordinary limit lets calls pass.
            continue;
        }
        if case.request.1 == "/v1/users" {
            case.request.2 = Some(sign_up("new", "new@example.com"));
        }
        let text = case.nothing.last().copied().unwrap();
        let count = respond(&app, case.call, usize::MAX, text);
        assert_unavailable(&case.send().await);
        assert!(count.load(Ordering::SeqCst) >= 3, "{:?}", case.call);
        app.dynamo.heal();
    }
}

/// The first write of a counter is made, and its answer says nothing. The call counts, perhaps twice, and passes.
#[tokio::test]
async fn limits_survive_an_answer_that_says_nothing() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let sign_in = json!({ "username": user.username, "password": PASSWORD });
    for fault in [Fault::Empty, Fault::Garbled(200, "{}"), Fault::Garbled(200, "")] {
        let mut left = 1;
        let answer = fault.clone();
        app.dynamo.fault(move |call| {
            let first = call.is("UpdateItem", "rate_limits") && std::mem::replace(&mut left, 0) == 1;
            first.then(|| answer.clone())
        });
        let response = app.anon().post("/v1/auth/token", sign_in.clone()).await;
        assert_eq!(response.status, 200, "{fault:?}: {}", response.body);
        app.dynamo.heal();
    }
}

/// An erasure goes on in the same job after a deletion whose answer says nothing.
#[tokio::test]
async fn a_batch_of_deletions_without_an_answer_is_sent_again() {
    for text in ["", "{}"] {
        let app = TestApp::init().await;
        let user = app.user().await;
        assert_eq!(user.post("/v1/users/me/erase", json!({ "password": PASSWORD })).await.status, 202);
        app.clock.advance(SignedDuration::from_secs(11));
        let count = respond(&app, ("BatchWriteItem", "sessions"), 1, text);
        assert_eq!(app.handle_jobs().await, 1, "{text:?}");
        assert_eq!(count.load(Ordering::SeqCst), 2, "{text:?}");
        assert!(app.items("sessions").await.is_empty(), "{text:?}");
    }
}
