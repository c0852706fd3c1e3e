//! What changes after the guard has read the caller's account and before the call writes. The call does not read the
//! account again, so its writes notice the change.

use axum::http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Client, PASSWORD, Response, TestApp};

use crate::in_flight::Gate;
use crate::{CHANGE, ERASE, ME, NEW, REAUTHENTICATE, SESSIONS, VERIFY, assert_alive, assert_dead, assert_refused};

/// A request: its method, path, body, and `If-Match`, if that is not empty.
type Request = (Method, &'static str, Value, String);

/// Changes of the profile without and with a name to sign in with.
fn patches(tag: &str) -> [Request; 2] {
    let name = format!("lovelace{}", uuid::Uuid::now_v7().simple());
    [json!({ "last_name": "Lovelace" }), json!({ "username": name, "current_password": PASSWORD })]
        .map(|body| (Method::PATCH, ME, body, tag.to_owned()))
}

fn post(path: &'static str, body: Value) -> Request {
    (Method::POST, path, body, String::new())
}

/// Every request that changes the caller's account.
fn all() -> Vec<Request> {
    let change = json!({ "current_password": PASSWORD, "new_password": "nine-patient-herons" });
    let erase = json!({ "password": PASSWORD });
    patches("").into_iter().chain([post(CHANGE, change), post(ERASE, erase)]).collect()
}

async fn send(caller: &Client, (method, path, body, tag): Request) -> Response {
    let headers = [("if-match", tag.as_str())];
    caller.send_with(method, path, Some(body), if tag.is_empty() { &[] } else { &headers }).await
}

/// Sends the request, and holds it up at its limit, after the check of the caller, until `what` has happened. Returns
/// the response, and whether the request left all accounts as they were then.
async fn send_before(
    app: &mut TestApp,
    user: &Client,
    request: &Request,
    what: impl AsyncFnOnce(&TestApp) -> Response,
) -> (Response, bool) {
    let gate = Gate::before(app, "UpdateItem", "rate_limits").await;
    let (caller, request) = (gate.process.anon_like(user), request.clone());
    let call = tokio::spawn(async move { send(&caller, request).await });
    let mut then = Vec::new();
    let what = async {
        let response = what(app).await;
        then = accounts(app).await;
        response
    };
    let response = gate.meanwhile(call, what).await;
    (response, accounts(app).await == then)
}

/// The accounts and their names, in a fixed order.
async fn accounts(app: &TestApp) -> Vec<String> {
    let mut rows = Vec::new();
    for item in [app.items("users").await, app.items("identities").await].concat() {
        let mut attributes: Vec<String> = item.iter().map(|attribute| format!("{attribute:?}")).collect();
        attributes.sort();
        rows.push(attributes.join(" "));
    }
    rows.sort();
    rows
}

/// Asserts that the request changed nothing, and that its client tries again or has no session any more.
#[track_caller]
fn assert_noticed(request: &Request, (response, left): &(Response, bool)) {
    let expected = if request.1 == ME { (503, "unavailable") } else { (401, "token_invalid") };
    assert_eq!((response.status, response.code().as_str()), expected, "{request:?}: {}", response.body);
    assert!(left, "{request:?} changed an account");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_password_that_another_session_sets_meanwhile_stays() {
    let mut app = TestApp::init().await;
    for request in all() {
        let user = app.user().await;
        let other = app.sign_in(&user.username).await;
        let set = json!({ "current_password": PASSWORD, "new_password": NEW });
        let sent = send_before(&mut app, &user, &request, async |_| other.post(CHANGE, set).await).await;
        assert_noticed(&request, &sent);
        assert_alive(&other).await;
        assert_dead(&user).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_account_that_is_closed_meanwhile_stays_as_it_is() {
    let mut app = TestApp::init().await;
    let superuser = app.superuser().await;
    for request in all() {
        let user = app.user().await;
        let (path, close) = (format!("/v1/users/{}", user.id), json!({ "is_active": false }));
        let sent = send_before(&mut app, &user, &request, async |_| superuser.patch(&path, close).await).await;
        assert_noticed(&request, &sent);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_account_that_is_erased_meanwhile_does_not_come_back() {
    let mut app = TestApp::init().await;
    for request in all() {
        let user = app.user().await;
        let other = app.sign_in(&user.username).await;
        let erase = async |app: &TestApp| {
            let response = other.post(ERASE, json!({ "password": PASSWORD })).await;
            app.clock.advance(SignedDuration::from_secs(11));
            assert_eq!(app.handle_jobs().await, 1);
            response
        };
        let sent = send_before(&mut app, &user, &request, erase).await;
        assert_noticed(&request, &sent);
        let id = user.id.to_string();
        assert!(app.items("users").await.iter().all(|row| row["id"].as_s().unwrap() != &id), "{request:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_email_that_another_session_sets_meanwhile_stays() {
    let mut app = TestApp::init().await;
    for request in patches("") {
        let user = app.user().await;
        let other = app.sign_in(&user.username).await;
        let email = format!("new-{}@example.com", user.username);
        let ask = json!({ "email": email, "current_password": PASSWORD });
        assert_eq!(other.patch(ME, ask).await.status, 200);
        let verify = json!({ "token": app.mailed_token(&email).await });
        let sent = send_before(&mut app, &user, &request, async |_| other.post(VERIFY, verify).await).await;
        assert_noticed(&request, &sent);
        // The client tries again.
        assert_eq!(send(&user, request).await.status, 200);
        assert!(user.get(ME).await.json()["email"].as_str().unwrap().starts_with("new-"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_role_that_is_given_meanwhile_keeps_the_account_from_its_erasure() {
    let mut app = TestApp::init().await;
    let (superuser, user) = (app.superuser().await, app.user().await);
    let (path, promote) = (format!("/v1/users/{}", user.id), json!({ "is_superuser": true }));
    let erase = post(ERASE, json!({ "password": PASSWORD }));
    let promote = async |_: &TestApp| superuser.patch(&path, promote).await;
    let (response, left) = send_before(&mut app, &user, &erase, promote).await;
    assert!(response.is(409, "superuser_account") && left, "{} {}", response.status, response.body);
}

/// The state is current when the guard reads the account, and not when the change is written.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_change_by_another_session_meanwhile_is_not_overwritten_unseen() {
    let mut app = TestApp::init().await;
    for at in [0, 1] {
        let user = app.user().await;
        let other = app.sign_in(&user.username).await;
        let seen = user.get(ME).await.header("etag").to_owned();
        let request = patches(&seen)[at].clone();
        let other = async |_: &TestApp| other.patch(ME, json!({ "first_name": "Ada" })).await;
        let (response, left) = send_before(&mut app, &user, &request, other).await;
        assert!(response.is(412, "precondition_failed") && left, "{request:?}: {}", response.body);
        let now = user.get(ME).await;
        assert_ne!(now.header("etag"), seen);
        let (method, path, body, _) = request;
        let again = send(&user, (method, path, body, now.header("etag").to_owned())).await;
        assert_eq!((again.status, &again.json()["first_name"]), (200, &json!("Ada")), "{}", again.body);
    }
}

/// Without `If-Match`, a change keeps what it does not name.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_changes_of_different_names_at_once_are_both_made_and_shown() {
    let mut app = TestApp::init().await;
    let user = app.user().await;
    let other = app.sign_in(&user.username).await;
    let other = async |_: &TestApp| other.patch(ME, json!({ "first_name": "Ada" })).await;
    let (response, _) = send_before(&mut app, &user, &patches("")[0], other).await;
    let names = |response: &Response| [&response.json()["first_name"], &response.json()["last_name"]].map(Value::clone);
    assert_eq!(names(&response), ["Ada", "Lovelace"], "{}", response.body);
    assert_eq!(names(&user.get(ME).await), ["Ada", "Lovelace"]);
}

fn reauthenticate() -> Request {
    post(REAUTHENTICATE, json!({ "password": PASSWORD }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_old_password_gives_no_token_after_the_session_has_set_another_meanwhile() {
    let mut app = TestApp::init().await;
    let user = app.user().await;
    let set = json!({ "current_password": PASSWORD, "new_password": NEW });
    let (response, _) = send_before(&mut app, &user, &reauthenticate(), async |app| {
        let response = user.post(CHANGE, set).await;
        // Otherwise the token would be of the same second, and not recent.
        app.clock.advance(SignedDuration::from_secs(1));
        response
    })
    .await;
    assert_refused(&response);
    assert_alive(&user).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_old_password_gives_a_dead_token_after_another_session_has_set_another_meanwhile() {
    let mut app = TestApp::init().await;
    let user = app.user().await;
    let other = app.sign_in(&user.username).await;
    let set = json!({ "current_password": PASSWORD, "new_password": NEW });
    let (response, _) = send_before(&mut app, &user, &reauthenticate(), async |_| other.post(CHANGE, set).await).await;
    assert_eq!(response.status, 200, "{}", response.body);
    assert_dead(&user.with_token(response.json()["access_token"].as_str().unwrap())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_role_that_is_taken_away_meanwhile_is_not_in_force_in_the_new_token() {
    let mut app = TestApp::init().await;
    let (superuser, other) = (app.superuser().await, app.superuser().await);
    let (path, demote) = (format!("/v1/users/{}", superuser.id), json!({ "is_superuser": false }));
    let demote = async |_: &TestApp| other.patch(&path, demote).await;
    let (response, _) = send_before(&mut app, &superuser, &reauthenticate(), demote).await;
    assert_eq!(response.status, 200, "{}", response.body);
    let again = superuser.with_token(response.json()["access_token"].as_str().unwrap());
    let audit = format!("/v1/audit?subject=users/{}", superuser.id);
    let refused = again.get(&audit).await;
    assert!(refused.is(403, "superuser_required"), "{} {}", refused.status, refused.body);
    assert_eq!(other.get(&audit).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_session_that_ends_meanwhile_is_not_authenticated_again() {
    let mut app = TestApp::init().await;
    let user = app.user().await;
    let end = async |_: &TestApp| user.delete(&format!("{SESSIONS}/current")).await;
    let (response, _) = send_before(&mut app, &user, &reauthenticate(), end).await;
    assert_refused(&response);
}
