//! The calls to DynamoDB of a good call of each endpoint.

use std::time::Instant;

use catalogue::CATALOGUE;
use http::Method;
use jiff::SignedDuration;
use serde_json::json;

use crate::app::{PAGE, PASSWORD, TestApp};
use crate::authenticator::{challenge, enrol};
use crate::dynamo::Consumed;
use crate::good_calls::{ANOTHER_EMAIL, OTHERS, admitted, fill_account, good_call};

/// The consumption of one function.
#[derive(Clone, Debug)]
pub struct Cost {
    /// The function, followed by the case if it has several.
    pub name: &'static str,
    /// The function's calls, in the order of their responses.
    pub calls: Vec<Consumed>,
}

impl Cost {
    /// The function, without the case.
    pub fn function(&self) -> &'static str {
        self.name.split(',').next().unwrap_or(self.name)
    }

    /// Round trips in sequence: the longest chain of calls in which each call waited for the previous response.
    pub fn in_sequence(&self) -> usize {
        rounds(self.calls.iter().map(|call| (call.asked, call.answered))).last().copied().unwrap_or_default()
    }

    /// The units of all reads, or of all writes.
    pub fn units(&self, writes: bool) -> f64 {
        self.calls.iter().filter(|call| call.writes == writes).fold(0.0, |sum, call| sum + call.units)
    }

    /// How many calls of `operation` on these tables there are.
    pub fn count(&self, operation: &str, tables: &str) -> usize {
        self.calls.iter().filter(|call| call.operation == operation && call.tables == tables).count()
    }
}

/// The number of the round trip of each call, from 1. Calls of one round trip were under way at once. `calls` are the times
/// when each call came and was answered, in the order of the answers.
pub fn rounds(calls: impl IntoIterator<Item = (Instant, Instant)>) -> Vec<usize> {
    let (mut round, mut first) = (0, None);
    let next = |(asked, answered)| {
        if first.is_none_or(|first| asked >= first) {
            round += 1;
            first = Some(answered);
        }
        round
    };
    calls.into_iter().map(next).collect()
}

/// The cost of calls, in the order of their round trips. Calls that were under way at once are in the order of their names.
fn cost(name: &'static str, mut calls: Vec<Consumed>) -> Cost {
    calls.sort_by_key(|call| call.answered);
    let mut numbered: Vec<_> =
        rounds(calls.iter().map(|call| (call.asked, call.answered))).into_iter().zip(calls).collect();
    numbered
        .sort_by(|(a, one), (b, other)| (a, &one.operation, &one.tables).cmp(&(b, &other.operation, &other.tables)));
    Cost { name, calls: numbered.into_iter().map(|(_, call)| call).collect() }
}

/// The costs of a good call of every endpoint by a warm function, and of a job of every worker.
pub async fn costs() -> Vec<Cost> {
    let app = TestApp::init().await;
    fill_a_page(&app).await;
    let mut costs = Vec::new();
    for entry in CATALOGUE {
        // The first call finds the function cold. The second one is like most calls.
        for warm in [false, true] {
            let caller = admitted(&app, entry.level).await;
            crate::shop::prepare(&app, entry.name, &caller).await;
            // Otherwise a list of accounts would read erased accounts and skip them.
            handle_erasures(&app).await;
            let (path, body, success) = good_call(&app, entry.name, &caller).await;
            app.dynamo.measure();
            let response = caller.call(entry.route, &path, body).await;
            assert_eq!(response.status, success, "{}: {}", entry.name, response.body);
            let calls = app.dynamo.take_consumed();
            if warm {
                costs.push(cost(entry.name, calls));
            }
        }
    }
    costs.push(cost("tokens_issue, known address", known_address(&app).await));
    costs.push(cost("users_me_update, first name", first_name(&app).await));
    costs.push(cost(ANOTHER_EMAIL, another_email(&app).await));
    costs.push(cost("tokens_issue, second factor", second_factor(&app).await));
    for call in OTHERS {
        costs.push(cost(call, another(&app, call).await));
    }
    costs.push(cost("mail_send", mail(&app).await));
    costs.push(cost("user_erase", erasure(&app).await));
    costs.push(cost("mail_send, notice of a sign-in", notice(&app).await));
    costs
}

/// Creates enough accounts for one page of a list.
async fn fill_a_page(app: &TestApp) {
    for n in 0..PAGE {
        app.create_user(&format!("user{n}"), &format!("user{n}@example.com"), auth::Roles::default()).await;
    }
}

/// A second sign-in of a user from the same address.
async fn known_address(app: &TestApp) -> Vec<Consumed> {
    let (user, caller) = (app.user().await, app.anon());
    let body = json!({ "username": user.username, "password": PASSWORD });
    let mut calls = Vec::new();
    for _ in 0..2 {
        app.dynamo.measure();
        assert_eq!(caller.post("/v1/auth/token", body.clone()).await.status, 200);
        calls = app.dynamo.take_consumed();
    }
    calls
}

/// A change of the first name only, which leaves the unique login names unchanged.
async fn first_name(app: &TestApp) -> Vec<Consumed> {
    let user = app.user().await;
    let mut calls = Vec::new();
    for name in ["Ada", "Grace"] {
        app.dynamo.measure();
        assert_eq!(user.patch("/v1/users/me", json!({ "first_name": name })).await.status, 200);
        calls = app.dynamo.take_consumed();
    }
    calls
}

/// The right password of an account with a second factor, which gets a challenge.
async fn second_factor(app: &TestApp) -> Vec<Consumed> {
    let user = app.user().await;
    enrol(app, &user).await;
    app.dynamo.measure();
    challenge(app, &user.username).await;
    app.dynamo.take_consumed()
}

/// Another good call of an endpoint.
async fn another(app: &TestApp, name: &str) -> Vec<Consumed> {
    let entry = CATALOGUE.iter().find(|entry| name.split(',').next() == Some(entry.name)).unwrap();
    let caller = admitted(app, entry.level).await;
    let (path, body, status) = good_call(app, name, &caller).await;
    app.dynamo.measure();
    assert_eq!(caller.call(entry.route, &path, body).await.status, status, "{name}");
    app.dynamo.take_consumed()
}

/// The verification of another email, which an account has that never verified it.
async fn another_email(app: &TestApp) -> Vec<Consumed> {
    let caller = app.anon();
    let (path, body, status) = good_call(app, ANOTHER_EMAIL, &caller).await;
    // The counters of the user's sign-in are as good as new.
    app.clock.advance(SignedDuration::from_hours(2));
    app.dynamo.measure();
    assert_eq!(caller.send(Method::POST, &path, body).await.status, status);
    app.dynamo.take_consumed()
}

/// The notice of a user's second sign-in, with another browser.
async fn notice(app: &TestApp) -> Vec<Consumed> {
    let user = app.user().await;
    app.tell_owners();
    app.clock.advance_millis(1);
    let (body, browser) = (json!({ "username": user.username, "password": PASSWORD }), [("user-agent", "Lynx/2.9")]);
    assert_eq!(app.anon().send_with(Method::POST, "/v1/auth/token", Some(body), &browser).await.status, 200);
    app.wait_for_mails();
    app.dynamo.measure();
    assert_eq!(app.handle_jobs().await, 1);
    app.dynamo.take_consumed()
}

async fn mail(app: &TestApp) -> Vec<Consumed> {
    app.mails().await;
    let new = json!({ "username": "grace", "email": "grace@example.com", "password": "nine-patient-herons" });
    assert_eq!(app.anon().post("/v1/users", new).await.status, 201);
    app.wait_for_mails();
    app.dynamo.measure();
    assert_eq!(app.handle_jobs().await, 1);
    app.dynamo.take_consumed()
}

/// The erasure of an account with one session, and with rows of each domain.
async fn erasure(app: &TestApp) -> Vec<Consumed> {
    let user = app.user().await;
    fill_account(app, &user).await;
    assert_eq!(user.post("/v1/users/me/erase", json!({ "password": PASSWORD })).await.status, 202);
    app.dynamo.measure();
    assert_eq!(handle_erasures(app).await, 1);
    app.dynamo.take_consumed()
}

async fn handle_erasures(app: &TestApp) -> usize {
    let held_back = jiff::SignedDuration::from_secs(11);
    app.clock.advance(held_back);
    app.handle_jobs().await
}
