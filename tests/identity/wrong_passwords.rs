//! Wrong passwords of somebody signed in: all routes that take the password count together, and the fifth one in a row
//! ends the session.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Client, Fault, Forge, PASSWORD, Response, TestApp};

use crate::{CHANGE, ERASE, ME, NEW, REAUTHENTICATE, assert_alive, assert_dead, fields};

/// The number of wrong passwords in a row that ends a session.
const LAST: usize = 5;

/// The routes that take the password of somebody signed in.
const ROUTES: [&str; 4] = [REAUTHENTICATE, CHANGE, ME, ERASE];

async fn give(caller: &Client, route: &str, password: &str) -> Response {
    match route {
        CHANGE => caller.post(CHANGE, json!({ "current_password": password, "new_password": NEW })).await,
        ME => caller.patch(ME, json!({ "username": caller.username, "current_password": password })).await,
        _ => caller.post(route, json!({ "password": password })).await,
    }
}

async fn wrong(caller: &Client, route: &str) -> Response {
    give(caller, route, "not-the-password").await
}

/// Long enough for one call of the budget.
fn wait(app: &TestApp) {
    app.clock.advance(SignedDuration::from_secs(12));
}

/// The wrong passwords in a row that are counted on the caller's session.
async fn counted(app: &TestApp, caller: &Client) -> usize {
    let id = Forge::claims(caller.token.as_ref().unwrap())["sid"].as_str().unwrap().to_owned();
    let sessions = app.items("sessions").await;
    let session = sessions.iter().find(|session| session["id"] == AttributeValue::S(id.clone())).unwrap();
    session.get("wrong_passwords").map_or(0, |count| count.as_n().unwrap().parse().unwrap())
}

#[track_caller]
fn assert_wrong(response: &Response) {
    let field = fields(response);
    assert!(field == ["password"] || field == ["current_password"], "{field:?}");
}

/// The events about the end of the session.
fn ended(response: &Response) -> Vec<Value> {
    response.events().into_iter().filter(|event| event["event"] == "session_revoked").collect()
}

#[tokio::test]
async fn the_fifth_in_a_row_ends_the_session_over_all_routes() {
    let app = TestApp::init().await;
    for start in 0..ROUTES.len() {
        let user = app.user().await;
        let other = app.sign_in(&user.username).await;
        for at in 1..LAST {
            let response = wrong(&user, ROUTES[(start + at) % ROUTES.len()]).await;
            assert_wrong(&response);
            assert_eq!((ended(&response), counted(&app, &user).await), (vec![], at));
            assert_eq!(user.get(ME).await.status, 200);
        }
        let last = wrong(&user, ROUTES[start]).await;
        assert_wrong(&last);
        let [event] = &ended(&last)[..] else { panic!("{:?}", last.events()) };
        let session = &Forge::claims(user.token.as_ref().unwrap())["sid"];
        assert_eq!((&event["user"], &event["session"]), (&json!(user.id), session));
        assert_eq!((&event["by"], &event["outcome"]), (&json!("wrong_passwords"), &Value::Null));
        assert_dead(&user).await;
        // The owner's other sessions and the account go on.
        wait(&app);
        assert_eq!(give(&other, REAUTHENTICATE, PASSWORD).await.status, 200);
        assert_alive(&app.sign_in(&user.username).await).await;
    }
}

#[tokio::test]
async fn the_right_password_in_between_starts_anew_on_every_route() {
    let app = TestApp::init().await;
    for route in [REAUTHENTICATE, CHANGE, ME] {
        let user = app.user().await;
        for _ in 1..LAST {
            wait(&app);
            assert_wrong(&wrong(&user, REAUTHENTICATE).await);
        }
        wait(&app);
        let right = give(&user, route, PASSWORD).await;
        assert!(right.status < 300, "{route}: {}", right.body);
        assert_eq!(counted(&app, &user).await, 0, "{route}");
        for _ in 1..LAST {
            wait(&app);
            assert_wrong(&wrong(&user, REAUTHENTICATE).await);
        }
        assert_eq!(user.get(ME).await.status, 200, "{route}");
        wait(&app);
        assert_wrong(&wrong(&user, REAUTHENTICATE).await);
        assert_dead(&user).await;
    }
}

#[tokio::test]
async fn the_right_password_costs_no_write_of_the_session_but_what_the_call_itself_writes() {
    let app = TestApp::init().await;
    for (route, own) in [(REAUTHENTICATE, 1), (ME, 0), (CHANGE, 1), (ERASE, 0)] {
        let user = app.user().await;
        let writes = || {
            let calls = app.dynamo.take_calls();
            calls.iter().filter(|call| call.is("UpdateItem", "sessions")).count()
        };
        writes();
        wait(&app);
        let response = give(&user, route, PASSWORD).await;
        assert!(response.status < 300, "{route}: {}", response.body);
        assert_eq!(writes(), own, "{route}");
    }
    let user = app.user().await;
    assert_wrong(&wrong(&user, ME).await);
    app.dynamo.take_calls();
    assert_eq!(give(&user, ME, PASSWORD).await.status, 200);
    let calls = app.dynamo.take_calls();
    assert_eq!(
        calls.iter().filter(|call| call.is("UpdateItem", "sessions")).count(),
        1,
        "after a wrong one: {calls:?}"
    );
}

#[tokio::test]
async fn a_wrong_password_is_counted_before_it_is_answered() {
    let app = TestApp::init().await;
    let user = app.user().await;
    app.dynamo.fault(|call| call.is("UpdateItem", "sessions").then_some(Fault::Refuse("ThrottlingException")));
    for route in ROUTES {
        wait(&app);
        let response = wrong(&user, route).await;
        assert!(response.is(503, "unavailable"), "{route} says what it did not count: {}", response.body);
    }
    app.dynamo.heal();
    assert_eq!(counted(&app, &user).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn wrong_passwords_at_once_are_all_counted() {
    let app = TestApp::init().await;
    for (at_once, expected) in [(LAST - 1, LAST - 1), (10, LAST)] {
        let user = app.user().await;
        let calls = (0..at_once).map(|at| {
            let user = user.clone();
            tokio::spawn(async move { wrong(&user, ROUTES[at % ROUTES.len()]).await })
        });
        let mut responses = Vec::new();
        for call in calls.collect::<Vec<_>>() {
            responses.push(call.await.unwrap());
        }
        let is = |status: u16| responses.iter().filter(|response| response.status == status).count();
        assert_eq!(counted(&app, &user).await, is(422), "counted, and answered");
        assert_eq!(is(422) + is(429) + is(401), at_once, "{responses:?}");
        assert_eq!(is(422), expected, "{responses:?}");
        let ends: Vec<_> = responses.iter().flat_map(ended).collect();
        assert_eq!(ends.len(), usize::from(expected == LAST), "{ends:?}");
        assert_eq!(user.get(ME).await.status, if expected == LAST { 401 } else { 200 });
    }
}

/// A fault of the first write of a session.
fn first(fault: Fault) -> impl FnMut(&tests::Call) -> Option<Fault> + Send + 'static {
    let mut fault = Some(fault);
    move |call| if call.is("UpdateItem", "sessions") { fault.take() } else { None }
}

#[tokio::test]
async fn a_lost_or_doubled_write_counts_one_password_once() {
    for fault in [
        Fault::LoseResponse,
        Fault::Twice,
        Fault::Garble,
        Fault::Empty,
        Fault::ServerError,
        Fault::Late(Duration::from_millis(600)),
        Fault::Refuse("TransactionConflictException"),
    ] {
        let app = TestApp::init().await;
        let user = app.user().await;
        for at in 1..=LAST {
            app.dynamo.fault(first(fault.clone()));
            let response = wrong(&user, REAUTHENTICATE).await;
            app.dynamo.heal();
            app.dynamo.arrivals().await;
            assert_wrong(&response);
            assert_eq!(counted(&app, &user).await, at, "{fault:?}");
            let outcomes: Vec<_> = ended(&response).into_iter().map(|event| event["outcome"].clone()).collect();
            assert_eq!(outcomes, if at == LAST { vec![Value::Null] } else { vec![] }, "{fault:?} at {at}");
        }
        assert_dead(&user).await;
    }
}

#[tokio::test]
async fn a_write_whose_outcome_is_unknown_is_no_answer() {
    for fault in [Fault::LoseResponse, Fault::Garble] {
        let app = TestApp::init().await;
        let user = app.user().await;
        for at in 1..=LAST {
            let every = fault.clone();
            app.dynamo.fault(move |call| call.is("UpdateItem", "sessions").then(|| every.clone()));
            let response = wrong(&user, REAUTHENTICATE).await;
            app.dynamo.heal();
            assert!(response.is(503, "unavailable"), "{fault:?}: {} {}", response.status, response.body);
            assert_eq!(counted(&app, &user).await, at, "{fault:?}");
            // Only the last one may have ended the session.
            let outcomes: Vec<_> = ended(&response).into_iter().map(|event| event["outcome"].clone()).collect();
            assert_eq!(outcomes, if at == LAST { vec![json!("unknown")] } else { vec![] }, "{fault:?} at {at}");
        }
        assert_dead(&user).await;
    }
}

#[tokio::test]
async fn all_routes_share_one_budget() {
    let app = TestApp::init().await;
    let (user, other) = (app.user().await, app.user().await);
    for at in 0..LAST {
        let route = [REAUTHENTICATE, ME][at % 2];
        assert_eq!(give(&user, route, PASSWORD).await.status, 200);
    }
    for route in ROUTES {
        // Right and wrong passwords are refused alike, and none is counted.
        for response in [give(&user, route, PASSWORD).await, wrong(&user, route).await] {
            assert!(response.is(429, "rate_limited"), "{route}: {} {}", response.status, response.body);
        }
    }
    assert_eq!(counted(&app, &user).await, 0);
    // Another session of the user has the same budget, and another user has another.
    let again = app.sign_in(&user.username).await;
    assert!(give(&again, REAUTHENTICATE, PASSWORD).await.is(429, "rate_limited"));
    assert_eq!(give(&other, REAUTHENTICATE, PASSWORD).await.status, 200);
    wait(&app);
    assert_eq!(give(&user, REAUTHENTICATE, PASSWORD).await.status, 200);
    assert!(give(&user, ME, PASSWORD).await.is(429, "rate_limited"));
}
