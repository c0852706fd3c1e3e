//! Requests that are under way during a password change get no session that outlives the change.

use std::sync::mpsc;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::json;
use tests::{Client, Fault, PASSWORD, Proxy, Response, TestApp};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, block_in_place};

use crate::{
    CHANGE, NEW, REAUTHENTICATE, TOKEN, assert_alive, assert_dead, confirm, email_of, refresh, reset_token, sign_in,
    with_tokens,
};

/// A process whose next call of one kind to DynamoDB is held up.
pub struct Gate {
    /// The process.
    pub process: TestApp,
    reached: oneshot::Receiver<()>,
    open: mpsc::Sender<()>,
}

impl Gate {
    /// Holds up `operation` on `table`.
    pub async fn before(app: &mut TestApp, operation: &'static str, table: &'static str) -> Self {
        let database = app.settings.connection.endpoint.clone();
        let (proxy, url) = Proxy::start(database.clone().unwrap()).await;
        app.settings.connection.endpoint = Some(url);
        let process = app.second_process();
        app.settings.connection.endpoint = database;
        let (reach, reached) = oneshot::channel();
        let (open, opened) = mpsc::channel();
        let mut reach = Some(reach);
        proxy.fault(move |call| {
            if call.is(operation, table) {
                if let Some(reach) = reach.take() {
                    reach.send(()).unwrap();
                }
                // An error means that the gate was dropped. Later calls pass.
                let _ = block_in_place(|| opened.recv());
            }
            None
        });
        Self { process, reached, open }
    }

    /// Waits until the call is held up, awaits `what`, and lets the call go on.
    pub async fn meanwhile(self, call: JoinHandle<Response>, what: impl Future<Output = Response>) -> Response {
        self.reached.await.unwrap();
        let response = what.await;
        assert!([200, 202, 204].contains(&response.status), "{} {}", response.status, response.body);
        assert!(!call.is_finished(), "the call was not held up");
        drop(self.open);
        call.await.unwrap()
    }

    fn sign_in(&self, username: &str) -> (Client, JoinHandle<Response>) {
        let caller = self.process.anon();
        let (sender, body) = (caller.clone(), json!({ "username": username, "password": PASSWORD }));
        (caller, tokio::spawn(async move { sender.post(TOKEN, body).await }))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sign_in_in_flight_does_not_survive_a_reset() {
    let mut app = TestApp::init().await;
    let user = app.user().await;
    let token = reset_token(&app, &email_of(&user)).await;
    let gate = Gate::before(&mut app, "PutItem", "sessions").await;
    let (caller, call) = gate.sign_in(&user.username);
    let response = gate.meanwhile(call, confirm(&app, &token, NEW)).await;
    assert_dead(&with_tokens(&caller, &response)).await;
    assert_dead(&user).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sign_in_in_flight_does_not_survive_a_change() {
    let mut app = TestApp::init().await;
    let user = app.user().await;
    let gate = Gate::before(&mut app, "PutItem", "sessions").await;
    let (caller, call) = gate.sign_in(&user.username);
    let change = user.post(CHANGE, json!({ "current_password": PASSWORD, "new_password": NEW }));
    let response = gate.meanwhile(call, change).await;
    assert_dead(&with_tokens(&caller, &response)).await;
    assert_alive(&user).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refresh_in_flight_does_not_survive_a_reset() {
    let mut app = TestApp::init().await;
    let user = app.user().await;
    let token = reset_token(&app, &email_of(&user)).await;
    let gate = Gate::before(&mut app, "UpdateItem", "sessions").await;
    let caller = gate.process.anon_like(&user);
    let call = tokio::spawn({
        let caller = caller.clone();
        async move { refresh(&caller, &caller.refresh_token).await }
    });
    let response = gate.meanwhile(call, confirm(&app, &token, NEW)).await;
    assert_dead(&with_tokens(&caller, &response)).await;
}

/// Refreshes the user's session. The gate holds the refresh up until the same session has changed the password.
async fn refreshed_during_a_change(gate: Gate, user: &Client) -> Client {
    let (caller, body) = (gate.process.anon(), json!({ "refresh_token": user.refresh_token }));
    let sender = caller.clone();
    let call = tokio::spawn(async move { sender.post("/v1/auth/token/refresh", body).await });
    let change = user.post(CHANGE, json!({ "current_password": PASSWORD, "new_password": NEW }));
    let response = gate.meanwhile(call, change).await;
    assert_eq!(response.status, 200, "{}", response.body);
    with_tokens(&caller, &response)
}

/// The refresh reads the session before the change and the user after it, so their epochs differ.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refresh_in_flight_survives_a_change_by_its_own_session() {
    let mut app = TestApp::init().await;
    let user = app.user().await;
    let gate = Gate::before(&mut app, "GetItem", "users").await;
    assert_alive(&refreshed_during_a_change(gate, &user).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refresh_in_flight_does_not_take_its_session_back_to_the_epoch_before() {
    let mut app = TestApp::init().await;
    let user = app.user().await;
    let gate = Gate::before(&mut app, "UpdateItem", "sessions").await;
    let refreshed = refreshed_during_a_change(gate, &user).await;
    let epochs: Vec<_> = app.items("sessions").await.iter().map(|row| row["epoch"].clone()).collect();
    assert_eq!(epochs, [AttributeValue::N("1".to_owned())]);
    assert_alive(&refreshed).await;
}

/// Somebody in the same session gives the old password while the change is under way, and stays no longer recent.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_authentication_during_a_change_is_not_recent_after_it() {
    let mut app = TestApp::init().await;
    let user = app.user().await;
    let gate = Gate::before(&mut app, "UpdateItem", "users").await;
    let caller = gate.process.anon_like(&user);
    let change = json!({ "current_password": PASSWORD, "new_password": NEW });
    let change = tokio::spawn(async move { caller.post(CHANGE, change).await });
    let mut again = user.clone();
    let authenticated = async {
        app.clock.advance(SignedDuration::from_mins(6));
        let response = user.post(REAUTHENTICATE, json!({ "password": PASSWORD })).await;
        again = user.with_token(response.json()["access_token"].as_str().unwrap());
        response
    };
    let response = gate.meanwhile(change, authenticated).await;
    assert_eq!(response.status, 204, "{}", response.body);
    let path = format!("/v1/auth/sessions/{}", user.refresh_token.split('.').next().unwrap());
    let refused = again.delete(&path).await;
    assert!(refused.is(401, "reauthentication_required"), "{} {}", refused.status, refused.body);
}

/// Changes the password while the update of the caller's session to the new epoch fails.
async fn change_alone(app: &TestApp, user: &Client) {
    app.dynamo.fault(|call| call.is("UpdateItem", "sessions").then_some(Fault::Refuse("AccessDeniedException")));
    let response = user.post(CHANGE, json!({ "current_password": PASSWORD, "new_password": NEW })).await;
    app.dynamo.heal();
    assert_eq!(response.status, 204, "{}", response.body);
    assert!(response.events().iter().any(|event| event["event"] == "session_not_kept"));
}

#[tokio::test]
async fn the_session_that_changes_the_password_lives_before_it_is_taken_along() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let other = with_tokens(&app.anon(), &sign_in(&app, &user.username, PASSWORD).await);
    change_alone(&app, &user).await;
    assert_dead(&other).await;
    let user = assert_alive(&user).await;
    // After a refresh it is an ordinary session.
    assert_eq!(user.get("/v1/auth/sessions").await.json().as_array().unwrap().len(), 1);
    let response = user.post(CHANGE, json!({ "current_password": NEW, "new_password": PASSWORD })).await;
    assert_eq!(response.status, 204, "{}", response.body);
    assert_alive(&user).await;
}

#[tokio::test]
async fn a_session_that_outlived_a_change_ends_with_all_others() {
    let app = TestApp::init().await;
    for taken_along in [true, false] {
        let user = app.user().await;
        if taken_along {
            let body = json!({ "current_password": PASSWORD, "new_password": NEW });
            assert_eq!(user.post(CHANGE, body).await.status, 204);
        } else {
            change_alone(&app, &user).await;
        }
        let token = reset_token(&app, &email_of(&user)).await;
        assert_eq!(confirm(&app, &token, "nine-patient-herons").await.status, 204);
        assert_dead(&user).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_call_that_reads_in_the_middle_of_a_change_reads_again() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let epoch = AttributeValue::N("1".to_owned());
    app.set("users", ("id", &user.id.to_string()), "epoch", epoch.clone()).await;
    assert!(user.get("/v1/users/me").await.is(401, "token_invalid"), "the session is of an older epoch");
    let session = user.refresh_token.split('.').next().unwrap();
    let set = |table: &str, id: &str, attribute: &str, value: AttributeValue| {
        let update = app.database.update_item().table_name(format!("{}{table}", app.prefix));
        update
            .key("id", AttributeValue::S(id.to_owned()))
            .update_expression("SET #a = :v")
            .expression_attribute_names("#a", attribute)
            .expression_attribute_values(":v", value)
    };
    let align = set("sessions", session, "epoch", epoch);
    let rename = set("users", &user.id.to_string(), "first_name", AttributeValue::S("Ada".to_owned()));
    let mut reads = 0;
    app.dynamo.fault(move |call| {
        reads += u32::from(call.operation == "BatchGetItem");
        if call.operation == "BatchGetItem" && reads == 2 {
            for change in [&align, &rename] {
                block_in_place(|| _ = Handle::current().block_on(change.clone().send()).unwrap());
            }
        }
        None
    });
    let me = user.get("/v1/users/me").await;
    // The account of the second read.
    assert_eq!((me.status, &me.json()["first_name"]), (200, &json!("Ada")));
}
