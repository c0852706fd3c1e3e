//! Another email is pending until its owner verifies it.

use auth::Roles;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Client, Fault, PASSWORD, Response, TestApp};
use tokio::task::JoinSet;

use crate::{
    CHANGE, ME, NEW, ask_reset, confirm, email_of, fields, mails_to, patch_me, reset_token, signed_up, signs_in, verify,
};

/// Asks for another email.
pub async fn ask(app: &TestApp, caller: &Client, email: &str) -> Value {
    let response = patch_me(app, caller, json!({ "email": email, "current_password": PASSWORD })).await;
    assert_eq!(response.status, 200, "{}", response.body);
    response.json()
}

/// The token mailed to the other email.
async fn token_for(app: &TestApp, caller: &Client, email: &str) -> String {
    ask(app, caller, email).await;
    app.mailed_token(email).await
}

/// Email, whether it is verified, and the pending email.
async fn emails(caller: &Client) -> (String, bool, Option<String>) {
    let me = caller.get(ME).await.json();
    let text = |name: &str| me[name].as_str().map(str::to_owned);
    (text("email").unwrap(), me["email_verified"].as_bool().unwrap(), text("pending_email"))
}

fn are(email: &str, verified: bool, pending: Option<&str>) -> (String, bool, Option<String>) {
    (email.to_owned(), verified, pending.map(str::to_owned))
}

#[tokio::test]
async fn another_email_counts_once_it_is_verified() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let old = email_of(&user);
    let body = ask(&app, &user, "New@example.com").await;
    assert_eq!((&body["email"], &body["pending_email"]), (&json!(old), &json!("New@example.com")));
    let token = app.mailed_token("New@example.com").await;
    assert_eq!(emails(&user).await, are(&old, true, Some("New@example.com")));
    assert!(signs_in(&app, &old, PASSWORD).await && !signs_in(&app, "new@example.com", PASSWORD).await);
    let etag = user.get(ME).await.header("etag").to_owned();

    let response = verify(&app, &token).await;
    assert_eq!(response.status, 204, "{}", response.body);
    assert!(response.events().iter().any(|event| event["event"] == "email_verified" && event["changed"] == true));
    assert_eq!(emails(&user).await, are("New@example.com", true, None));
    assert!(signs_in(&app, "new@example.com", PASSWORD).await && !signs_in(&app, &old, PASSWORD).await);
    assert_ne!(user.get(ME).await.header("etag"), etag);

    // A client that got no response sends the token again, and changes nothing.
    app.clock.advance_millis(1);
    let again = verify(&app, &token).await;
    assert_eq!(again.status, 204, "{}", again.body);
    assert!(again.events().iter().all(|event| event["event"] != "email_verified"));
    // The old address is free, and the verified email that is set again stays verified, without a mail.
    signed_up(&app, "next", &old).await;
    assert_eq!(ask(&app, &user, "new@example.com").await["email_verified"], true);
    assert_eq!(mails_to(&app, "New@example.com").await, 1);
}

#[tokio::test]
async fn asking_tells_nobody_whether_an_email_is_known() {
    let app = TestApp::init().await;
    let (user, other) = (app.user().await, app.user().await);
    let look = |mut body: Value| {
        body["pending_email"] = json!("");
        body
    };
    ask(&app, &user, "first@example.com").await;
    app.dynamo.take_calls();
    let free = look(ask(&app, &user, "free@example.com").await);
    let calls = |app: &TestApp| app.dynamo.take_calls().iter().map(|call| call.operation.clone()).collect::<Vec<_>>();
    let of_free = calls(&app);
    assert_eq!(look(ask(&app, &user, &email_of(&other)).await), free);
    assert_eq!(calls(&app), of_free);
    // The owner of the mailbox learns that it is taken, because of the token.
    let token = app.mailed_token(&email_of(&other)).await;
    let response = verify_as(&user, &token).await;
    assert!(response.is(409, "email_taken"), "{} {}", response.status, response.body);
    assert_eq!(emails(&user).await, are(&email_of(&user), true, Some(&email_of(&other))));
}

async fn verify_as(caller: &Client, token: &str) -> Response {
    caller.post(crate::VERIFY, json!({ "token": token })).await
}

#[tokio::test]
async fn only_the_account_that_asked_can_use_the_token() {
    let app = TestApp::init().await;
    let (user, other) = (app.user().await, app.user().await);
    let token = token_for(&app, &user, "new@example.com").await;
    assert_eq!(fields(&verify_as(&other, &token).await), ["token"]);
    let wrong = json!({ "token": token, "password": "a-wrong-guess" });
    assert!(app.anon().post(crate::VERIFY, wrong).await.is(401, "credentials_invalid"));
    assert_eq!(emails(&user).await.0, email_of(&user));
    assert_eq!(verify_as(&user, &token).await.status, 204);
    assert_eq!(emails(&user).await, are("new@example.com", true, None));
}

#[tokio::test]
async fn the_next_request_the_present_email_a_password_and_a_reset_drop_it() {
    let app = TestApp::init().await;
    for drop in 0..4 {
        let user = app.user().await;
        let email = email_of(&user);
        let (new, other) = (format!("new{drop}@example.com"), format!("other{drop}@example.com"));
        let token = token_for(&app, &user, &new).await;
        let mut password = PASSWORD;
        let pending = match drop {
            0 => {
                ask(&app, &user, &other).await;
                Some(other.as_str())
            }
            1 => {
                ask(&app, &user, &email.to_uppercase()).await;
                None
            }
            2 => {
                password = NEW;
                let change = json!({ "current_password": PASSWORD, "new_password": NEW });
                assert_eq!(user.post(CHANGE, change).await.status, 204);
                None
            }
            _ => {
                password = NEW;
                let reset = reset_token(&app, &email).await;
                assert_eq!(confirm(&app, &reset, NEW).await.status, 204);
                None
            }
        };
        let body = json!({ "token": token, "password": password });
        let response = app.anon().post(crate::VERIFY, body).await;
        assert_eq!((response.status, fields(&response)), (422, vec!["token".to_owned()]), "{drop}");
        let user = with_password(&app, &user, password).await;
        let (now, verified, left) = emails(&user).await;
        assert_eq!((now.to_lowercase(), verified, left.as_deref()), (email, true, pending), "{drop}");
    }
}

async fn with_password(app: &TestApp, user: &Client, password: &str) -> Client {
    let caller = app.anon();
    let response = caller.post("/v1/auth/token", json!({ "username": user.username, "password": password })).await;
    crate::with_tokens(&caller, &response)
}

#[tokio::test]
async fn a_late_job_mails_the_latest_request_alone() {
    let app = TestApp::init().await;
    let user = app.user().await;
    ask(&app, &user, "one@example.com").await;
    // Handled long after the request, when the user has asked for another.
    let jobs = app.waiting_jobs().len();
    assert_eq!(jobs, 1);
    user.patch(ME, json!({ "email": "two@example.com", "current_password": PASSWORD })).await;
    let token = app.mailed_token("two@example.com").await;
    assert_eq!(mails_to(&app, "one@example.com").await, 0);
    assert_eq!(verify(&app, &token).await.status, 204);
    assert_eq!(emails(&user).await, are("two@example.com", true, None));
}

#[tokio::test]
async fn a_token_of_the_present_email_verifies_that_one_and_leaves_the_pending_one() {
    let app = TestApp::init().await;
    let user = signed_up(&app, "ada", "old@example.com").await;
    let old = app.mailed_token("old@example.com").await;
    let new = token_for(&app, &user, "new@example.com").await;
    assert_eq!(verify(&app, &old).await.status, 204);
    assert_eq!(emails(&user).await, are("old@example.com", true, Some("new@example.com")));
    assert_eq!(verify(&app, &new).await.status, 204);
    assert_eq!(emails(&user).await, are("new@example.com", true, None));
}

#[tokio::test]
async fn an_account_that_was_never_verified_can_correct_its_email() {
    let app = TestApp::init().await;
    let user = signed_up(&app, "ada", "mistyped@example.com").await;
    let token = token_for(&app, &user, "ada@example.com").await;
    assert_eq!(emails(&user).await, are("mistyped@example.com", false, Some("ada@example.com")));
    assert_eq!(verify(&app, &token).await.status, 204);
    assert_eq!(emails(&user).await, are("ada@example.com", true, None));
}

#[tokio::test]
async fn a_pending_email_gets_no_reset() {
    let app = TestApp::init().await;
    let user = app.user().await;
    token_for(&app, &user, "new@example.com").await;
    assert_eq!(ask_reset(&app, "new@example.com").await.status, 202);
    assert_eq!(mails_to(&app, "new@example.com").await, 1, "the link to verify");
}

#[tokio::test]
async fn of_two_accounts_that_ask_for_one_email_the_first_to_verify_has_it() {
    let app = TestApp::init().await;
    let (ada, bob) = (app.user().await, app.user().await);
    let of_ada = token_for(&app, &ada, "one@example.com").await;
    app.clock.advance_millis(1);
    let of_bob = token_for(&app, &bob, "One@example.com").await;
    let mut race = JoinSet::new();
    for (caller, token) in [(ada.clone(), of_ada), (bob.clone(), of_bob)] {
        race.spawn(async move { verify_as(&caller, &token).await });
    }
    let mut statuses: Vec<_> = race.join_all().await.iter().map(|response| response.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
    let taken = [emails(&ada).await, emails(&bob).await];
    assert_eq!(
        taken.iter().filter(|(email, ..)| email.eq_ignore_ascii_case("one@example.com")).count(),
        1,
        "{taken:?}"
    );
    assert_eq!(app.items("identities").await.len(), 4);
}

#[tokio::test]
async fn a_claim_without_an_answer_is_recognised_when_it_is_repeated() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let token = token_for(&app, &user, "new@example.com").await;
    app.dynamo.fault(|call| call.is("TransactWriteItems", "users").then_some(Fault::LoseResponse));
    let lost = verify_as(&user, &token).await;
    assert!(lost.is(503, "unavailable"), "{}", lost.body);
    assert!(lost.events().iter().any(|event| event["event"] == "email_verified" && event["outcome"] == "unknown"));
    app.dynamo.heal();
    app.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(verify_as(&user, &token).await.status, 204);
    assert_eq!(emails(&user).await, are("new@example.com", true, None));
}

#[tokio::test]
async fn a_superuser_can_change_the_email_too() {
    let app = TestApp::init().await;
    let user = app.with_roles(Roles { is_staff: true, is_superuser: true }).await;
    let token = token_for(&app, &user, "new@example.com").await;
    assert_eq!(verify_as(&user, &token).await.status, 204);
    assert_eq!(emails(&user).await, are("new@example.com", true, None));
}
