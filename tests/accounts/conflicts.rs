//! Writes that meet transactions of the same item. The proxy simulates the conflicts of AWS.

use std::time::Duration;

use auth::{Roles, UserId};
use axum::http::Method;
use serde_json::{Value, json};
use tests::{Client, Response, TestApp};
use tokio::task::JoinSet;

use crate::{ME, flag};

/// How many transactions meet.
const WRITERS: usize = 20;
/// How long a transaction holds its items, in addition to the time of the call.
const LASTS: Duration = Duration::from_millis(10);

type Write = (Client, Method, String, Option<Value>);

async fn all_at_once(writes: Vec<Write>) -> Vec<Response> {
    let mut all = JoinSet::new();
    for (client, method, path, body) in writes {
        all.spawn(async move { client.send(method, &path, body).await });
    }
    all.join_all().await
}

async fn plain(app: &TestApp) -> Vec<UserId> {
    let mut users = Vec::new();
    for at in 0..WRITERS {
        let name = format!("user{at}");
        users.push(app.create_user(&name, &format!("{name}@example.com"), Roles::default()).await);
    }
    users
}

/// Each of the superuser's clients makes one user staff, all at once. The transaction of each change checks the row of the
/// superuser. All succeed, and so do `more` writes at the same time.
async fn staff_by(app: &TestApp, clients: Vec<Client>, more: Vec<Write>) {
    let users = plain(app).await;
    let change = |(client, user): (Client, &UserId)| {
        (client, Method::PATCH, format!("/v1/users/{user}"), Some(json!({ "is_staff": true })))
    };
    let writes = clients.into_iter().zip(&users).map(change).chain(more).collect();
    app.dynamo.conflict(LASTS);
    app.dynamo.take_calls();
    let responses = all_at_once(writes).await;
    let failed: Vec<_> = responses.iter().filter(|response| response.status != 200).map(cause).collect();
    assert!(failed.is_empty(), "{} of {} failed: {failed:#?}", failed.len(), responses.len());
    let tries = app.dynamo.take_calls().iter().filter(|call| call.operation == "TransactWriteItems").count();
    assert!(tries > 2 * WRITERS, "the changes did not collide often enough: {tries} tries");
    for user in users {
        assert!(flag(app, user, "is_staff").await, "{user}");
    }
}

fn cause(response: &Response) -> String {
    let events = response.events();
    let cause = events.iter().find_map(|event| event["cause"].as_str());
    format!("{} {}", response.status, cause.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_changes_by_one_superuser_at_once_are_all_made() {
    let app = TestApp::init().await;
    let superuser = app.superuser().await;
    // A single write conflicts with every transaction of its item.
    let rename = || (superuser.clone(), Method::PATCH, ME.to_owned(), Some(json!({ "first_name": "Ada" })));
    let renames = (0..5).map(|_| rename()).collect();
    staff_by(&app, vec![superuser.clone(); WRITERS], renames).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_changes_by_one_superuser_in_twenty_processes_are_all_made() {
    let app = TestApp::init().await;
    let superuser = app.superuser().await;
    let processes: Vec<TestApp> = (0..WRITERS).map(|_| app.second_process()).collect();
    let clients = processes.iter().map(|process| process.anon_like(&superuser)).collect();
    staff_by(&app, clients, Vec::new()).await;
}
