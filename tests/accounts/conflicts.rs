//! Changes by one superuser, whose transactions check the superuser's row, so that they conflict on AWS. The proxy
//! simulates these conflicts. `shared/dynamo/src/transaction/tests.rs` tests the tries and their pauses.

use std::time::Duration;

use auth::{Roles, UserId};
use serde_json::json;
use tests::{Client, Response, TestApp};
use tokio::task::JoinSet;

use crate::{flag, seconds};

/// How many transactions meet.
const WRITERS: usize = 20;
/// How long a transaction holds its items, in addition to the time of the call.
const LASTS: Duration = Duration::from_millis(10);

async fn change(client: Client, user: UserId, is_staff: bool) -> Response {
    client.patch(&format!("/v1/users/{user}"), json!({ "is_staff": is_staff })).await
}

/// Each of the superuser's clients makes one user staff, all at once. All succeed.
async fn all_at_once(app: &TestApp, changes: Vec<(Client, UserId)>) {
    for (client, user) in changes.clone() {
        // The first call of a process takes longer.
        assert_eq!(change(client, user, false).await.status, 200);
    }
    app.dynamo.conflict(LASTS);
    app.dynamo.take_calls();
    let mut all = JoinSet::new();
    for (client, user) in changes.clone() {
        all.spawn(change(client, user, true));
    }
    let responses = all.join_all().await;
    let failed: Vec<_> = responses.iter().filter(|response| response.status != 200).map(cause).collect();
    assert!(failed.is_empty(), "{} of {} failed: {failed:#?}", failed.len(), responses.len());
    let tries = app.dynamo.take_calls().iter().filter(|call| call.operation == "TransactWriteItems").count();
    assert!(tries > 2 * WRITERS, "the changes did not collide often enough: {tries} tries");
    for (_, user) in changes {
        assert!(flag(app, user, "is_staff").await, "{user}");
    }
}

fn cause(response: &Response) -> String {
    let events = response.events();
    let cause = events.iter().find_map(|event| event["cause"].as_str());
    format!("{} {}", response.status, cause.unwrap_or_default())
}

/// One after the other, because a machine that has too much to do is slower than the deadline of a request.
#[tokio::test(flavor = "multi_thread")]
async fn twenty_changes_by_one_superuser_at_once_are_all_made_by_one_process_and_by_twenty() {
    let app = TestApp::init().await;
    let superuser = app.superuser().await;
    let mut users = Vec::new();
    for at in 0..WRITERS {
        users.push(app.create_user(&format!("user{at}"), &format!("{at}@example.com"), Roles::default()).await);
    }
    all_at_once(&app, users.iter().map(|user| (superuser.clone(), *user)).collect()).await;
    seconds(&app, 60);
    let processes: Vec<TestApp> = users.iter().map(|_| app.second_process()).collect();
    let clients = processes.iter().map(|process| process.anon_like(&superuser));
    all_at_once(&app, clients.zip(users).collect()).await;
}
