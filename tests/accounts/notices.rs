//! What the owner of an account is told by mail: what happened, once, at the verified address.

use std::collections::BTreeSet;

use auth::{Clock, Roles};
use http::Method;
use identity::{MailJob, Notice};
use serde_json::{Value, json};
use tests::{Client, Fault, PASSWORD, Response, TestApp};

use crate::aws::{Aws, batch, through_ses};
use crate::{ME, flag, refresh, seconds};

const NEW: &str = "eleven-purple-lanterns";
const CHROME: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

/// An app that tells owners, and a user of it who is signed in.
async fn owner() -> (TestApp, Client) {
    let app = TestApp::init().await;
    let user = app.user().await;
    app.tell_owners();
    (app, user)
}

/// Receivers and subjects of all mails so far.
async fn told(app: &TestApp) -> Vec<(String, String)> {
    let line = |mail: &str, name: &str| {
        let line = mail.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.trim().to_owned()
    };
    app.mails().await.iter().map(|mail| (line(mail, "To: "), line(mail, "Subject: "))).collect()
}

fn mail(user: &Client, subject: &str) -> (String, String) {
    (format!("<{}@example.com>", user.username), subject.to_owned())
}

async fn change_password(user: &Client) -> Response {
    user.post("/v1/users/me/password", json!({ "current_password": PASSWORD, "new_password": NEW })).await
}

async fn rename(user: &Client, name: &str) -> Response {
    user.patch(ME, json!({ "username": name, "current_password": PASSWORD })).await
}

/// Signs in with a browser, at a new address.
async fn sign_in_with(app: &TestApp, user: &Client, browser: &str) -> Response {
    let body = json!({ "username": user.username, "password": PASSWORD });
    let response = app.anon().send_with(Method::POST, "/v1/auth/token", Some(body), &[("user-agent", browser)]).await;
    assert_eq!(response.status, 200, "{}", response.body);
    response
}

#[tokio::test]
async fn a_changed_password_is_told() {
    let (app, user) = owner().await;
    assert_eq!(change_password(&user).await.status, 204);
    assert_eq!(told(&app).await, [mail(&user, "Your password was changed")]);
    // A client that got no response sends the change again.
    assert_eq!(change_password(&user).await.status, 204);
    assert_eq!(told(&app).await.len(), 1);
}

#[tokio::test]
async fn a_reset_password_is_told() {
    let (app, user) = owner().await;
    let email = format!("{}@example.com", user.username);
    assert_eq!(app.anon().post("/v1/auth/password-reset", json!({ "email": email })).await.status, 202);
    let token = app.mailed_token(&email).await;
    let confirm = json!({ "token": token, "new_password": NEW });
    assert_eq!(app.anon().post("/v1/auth/password-reset/confirm", confirm).await.status, 204);
    assert_eq!(told(&app).await[1..], [mail(&user, "Your password was reset")]);
}

#[tokio::test]
async fn another_username_is_told_and_a_first_name_is_not() {
    let (app, user) = owner().await;
    assert_eq!(rename(&user, "countess").await.status, 200);
    assert_eq!(user.patch(ME, json!({ "first_name": "Ada" })).await.status, 200);
    assert_eq!(told(&app).await, [mail(&user, "Your username was changed")]);
    assert!(!app.mails().await[0].contains("countess"), "nothing that a thief chose");
}

#[tokio::test]
async fn another_email_is_told_to_the_old_address_which_does_not_learn_the_new_one() {
    let (app, user) = owner().await;
    let change = json!({ "email": "new@example.org", "current_password": PASSWORD });
    assert_eq!(user.patch(ME, change).await.status, 200);
    let asked = mail(&user, "Another email address was asked for");
    let link = ("<new@example.org>".to_owned(), "Please confirm your email address".to_owned());
    let told_first: BTreeSet<_> = told(&app).await.into_iter().collect();
    assert_eq!(told_first, [asked.clone(), link.clone()].into());
    // Until the new address is verified, the old one is told everything.
    assert_eq!(rename(&user, "countess").await.status, 200);
    assert!(told(&app).await.contains(&mail(&user, "Your username was changed")));

    let verify = json!({ "token": app.mailed_token("new@example.org").await });
    assert_eq!(user.post("/v1/auth/verify-email", verify.clone()).await.status, 204);
    assert_eq!(user.post("/v1/auth/verify-email", verify).await.status, 204, "the client got no response");
    let mails = app.mails().await;
    let subjects = told(&app).await;
    assert_eq!(subjects.iter().filter(|told| **told == mail(&user, "Your email address was changed")).count(), 1);
    assert_eq!(subjects.len(), 4);
    let (to_new, to_old): (Vec<_>, Vec<_>) = mails.iter().partition(|mail| mail.contains("To: <new@example.org>"));
    assert_eq!((to_new.len(), to_old.len()), (1, 3));
    assert!(to_old.iter().all(|mail| !mail.contains("example.org")), "{to_old:?}");
    assert!(!to_new[0].contains(&user.username), "a link, and nothing about the account: {to_new:?}");
    assert_eq!(rename(&user, "baroness").await.status, 200);
    assert_eq!(told(&app).await.last().unwrap().0, "<new@example.org>", "from now on");
}

#[tokio::test]
async fn an_email_that_replaces_an_unverified_one_is_told_to_nobody() {
    let app = TestApp::init().await;
    app.tell_owners();
    let body = json!({ "username": "ada", "email": "ada@example.org", "password": PASSWORD });
    assert_eq!(app.anon().post("/v1/users", body).await.status, 201);
    let user = app.sign_in("ada").await;
    let change = json!({ "email": "new@example.org", "current_password": PASSWORD });
    assert_eq!(user.patch(ME, change).await.status, 200);
    assert_eq!(rename(&user, "countess").await.status, 200);
    let verify = json!({ "token": app.mailed_token("new@example.org").await });
    assert_eq!(user.post("/v1/auth/verify-email", verify).await.status, 204);
    let told = told(&app).await;
    assert!(told.iter().all(|(_, subject)| subject == "Please confirm your email address"), "{told:?}");
    assert_eq!(told.len(), 2);
}

#[tokio::test]
async fn changed_roles_are_told_and_unchanged_ones_are_not() {
    let (app, user) = owner().await;
    let superuser = app.superuser().await;
    let path = format!("/v1/users/{}", user.id);
    for _ in 0..2 {
        assert_eq!(superuser.patch(&path, json!({ "is_staff": true })).await.status, 200);
        assert_eq!(told(&app).await, [mail(&user, "Your roles were changed")]);
    }
    let (closed, other) =
        (json!({ "is_active": false, "is_superuser": false }), json!({ "is_active": true, "is_staff": true }));
    for change in [closed.clone(), closed, other] {
        assert_eq!(superuser.patch(&path, change).await.status, 200);
        assert_eq!(told(&app).await[1..], [mail(&user, "Your account was closed")], "no role changed");
    }
    app.clock.advance_millis(1);
    assert_eq!(superuser.patch(&path, json!({ "is_active": false, "is_staff": false })).await.status, 200);
    assert_eq!(told(&app).await.len(), 4, "roles, too, of an account that is closed");
}

#[tokio::test]
async fn a_closed_account_is_told_even_if_it_is_erased_already() {
    for erased_first in [false, true] {
        let (app, user) = owner().await;
        let asked = app.clock.now();
        assert_eq!(user.post("/v1/users/me/erase", json!({ "password": PASSWORD })).await.status, 202);
        if erased_first {
            let notice = app.take_notices();
            seconds(&app, 10);
            assert_eq!(app.handle_jobs().await, 1);
            assert!(app.items("users").await.is_empty() && app.mails().await.is_empty());
            app.queue_again(&notice, asked).await;
        }
        assert_eq!(told(&app).await, [mail(&user, "Your account was closed")], "{erased_first}");
    }
}

#[tokio::test]
async fn a_token_that_is_used_again_ends_the_session_and_that_is_told() {
    let (app, user) = owner().await;
    assert_eq!(refresh(&user).await.status, 200);
    seconds(&app, 61);
    for _ in 0..2 {
        assert!(refresh(&user).await.is(401, "token_invalid"));
    }
    assert_eq!(told(&app).await, [mail(&user, "You were signed out on one device")]);
}

#[tokio::test]
async fn a_sign_in_with_a_new_browser_is_told() {
    let app = TestApp::init().await;
    app.create_user("ada", "ada@example.com", Roles::default()).await;
    app.tell_owners();
    let mut ada = app.anon();
    ada.username = "ada".to_owned();
    sign_in_with(&app, &ada, CHROME).await;
    assert_eq!(told(&app).await, [], "the first browser");
    sign_in_with(&app, &ada, &CHROME.replace("156.", "157.")).await;
    assert_eq!(told(&app).await, [], "the same browser, at another address");
    sign_in_with(&app, &ada, FIREFOX).await;
    assert_eq!(told(&app).await, [mail(&ada, "A new sign-in to your account")]);
    assert!(!app.mails().await[0].contains("Firefox"), "nothing that a thief chose");
}

#[tokio::test]
async fn a_sign_in_from_a_known_address_queues_nothing() {
    let (app, user) = owner().await;
    let home = app.sign_in(&user.username).await;
    app.mails().await;
    let body = json!({ "username": user.username, "password": PASSWORD });
    assert_eq!(home.post("/v1/auth/token", body).await.status, 200);
    assert_eq!(app.waiting_notices(), [""; 0]);
}

#[tokio::test]
async fn a_thief_keeps_no_sign_in_secret_by_ending_it_or_by_another() {
    let (app, user) = owner().await;
    seconds(&app, 1);
    let response = sign_in_with(&app, &user, FIREFOX).await;
    let thief = app.anon().with_token(response.json()["access_token"].as_str().unwrap());
    assert_eq!(thief.delete("/v1/auth/sessions/current").await.status, 204);
    seconds(&app, 1);
    sign_in_with(&app, &user, FIREFOX).await;
    assert_eq!(told(&app).await, [mail(&user, "A new sign-in to your account")]);
}

#[tokio::test]
async fn the_owner_of_an_account_that_was_not_used_for_long_is_told() {
    let app = TestApp::init().await;
    app.create_user("ada", "ada@example.com", Roles::default()).await;
    app.tell_owners();
    seconds(&app, 15 * 24 * 3600);
    let mut ada = app.anon();
    ada.username = "ada".to_owned();
    sign_in_with(&app, &ada, FIREFOX).await;
    assert_eq!(told(&app).await, [mail(&ada, "A new sign-in to your account")]);
}

#[tokio::test]
async fn a_browser_from_before_a_new_password_is_a_new_one() {
    let (app, user) = owner().await;
    seconds(&app, 1);
    sign_in_with(&app, &user, FIREFOX).await;
    assert_eq!(change_password(&user).await.status, 204);
    assert_eq!(told(&app).await.len(), 2);
    let body = json!({ "username": user.username, "password": NEW });
    let again = app.anon().send_with(Method::POST, "/v1/auth/token", Some(body), &[("user-agent", FIREFOX)]).await;
    assert_eq!(again.status, 200, "{}", again.body);
    assert_eq!(told(&app).await.len(), 3);
}

#[tokio::test]
async fn a_sign_in_that_failed_leaves_no_job_behind() {
    let (app, user) = owner().await;
    app.dynamo.fault(|call| call.is("PutItem", "sessions").then_some(Fault::Hang));
    let body = json!({ "username": user.username, "password": PASSWORD });
    let failed = app.anon().post("/v1/auth/token", body).await;
    app.dynamo.heal();
    assert!(failed.is(503, "unavailable"), "{}", failed.body);
    assert_eq!(app.waiting_notices().len(), 1);
    assert_eq!(told(&app).await, []);
    assert_eq!(app.waiting_notices(), [""; 0]);
}

#[tokio::test]
async fn a_new_email_keeps_no_notice_from_the_owner() {
    for erased in [false, true] {
        let (app, user) = owner().await;
        assert_eq!(change_password(&user).await.status, 204);
        let change = json!({ "username": "countess", "email": "new@example.org", "current_password": NEW });
        assert_eq!(user.patch(ME, change).await.status, 200);
        if erased {
            assert_eq!(user.post("/v1/users/me/erase", json!({ "password": NEW })).await.status, 202);
        }
        let told: Vec<_> = told(&app).await.into_iter().filter(|(to, _)| !to.contains("example.org")).collect();
        let subjects =
            ["Your password was changed", "Your username was changed", "Another email address was asked for"];
        for subject in subjects {
            assert!(told.contains(&mail(&user, subject)), "{erased} {subject}: {told:?}");
        }
    }
}

#[tokio::test]
async fn an_unverified_address_is_told_nothing() {
    let (app, user) = owner().await;
    let id = user.id.to_string();
    let unverified = aws_sdk_dynamodb::types::AttributeValue::Bool(false);
    app.set("users", ("id", &id), "email_verified", unverified).await;
    assert!(!flag(&app, user.id, "email_verified").await);
    sign_in_with(&app, &user, FIREFOX).await;
    assert_eq!(rename(&user, "countess").await.status, 200);
    assert_eq!(change_password(&user).await.status, 204);
    assert_eq!(app.waiting_notices(), [""; 0]);
    let notice = Notice::RolesChanged { is_staff: Some(false), is_superuser: None };
    let job = MailJob::Notify { user_id: user.id, email: None, notice, asked_at: 0 };
    app.queue_again(&[job], app.clock.now()).await;
    assert_eq!(told(&app).await, []);
    assert_eq!(user.post("/v1/users/me/erase", json!({ "password": NEW })).await.status, 202);
    assert_eq!(told(&app).await, []);
}

#[tokio::test]
async fn what_did_not_happen_is_not_told_and_what_happened_without_a_response_is() {
    for (fault, expected) in [(Fault::Refuse("AccessDeniedException"), 0), (Fault::LoseResponse, 1)] {
        let (app, user) = owner().await;
        let mut fault = Some(fault);
        app.dynamo.fault(move |call| {
            let writes = call.function == "password_change" && call.is("UpdateItem", "users");
            if writes { fault.take().or(Some(Fault::Hang)) } else { None }
        });
        let status = change_password(&user).await.status;
        app.dynamo.heal();
        assert_eq!(app.waiting_notices().len(), 1);
        assert!(status >= 500, "{status}");
        assert_eq!(told(&app).await.len(), expected, "{status}");
    }
}

#[tokio::test]
async fn a_notice_that_is_delivered_again_is_sent_once() {
    let (app, user) = owner().await;
    assert_eq!(change_password(&user).await.status, 204);
    let notices = app.take_notices();
    seconds(&app, 10);
    let (aws, url) = Aws::start().await;
    aws.respond_with(200, json!({ "MessageId": "1" }));
    let (worker, context) = through_ses(&app, &url);
    let message = serde_json::to_string(&notices[0]).unwrap();
    for expected in [1, 0, 0] {
        let event = batch(&app, &[message.as_str()]);
        let done = worker.handle_batch(&context, &tests::permit(), event).await.unwrap();
        assert_eq!((done, aws.take().len()), (json!({ "batchItemFailures": [] }), expected));
    }
}

#[tokio::test]
async fn five_notices_of_a_kind_an_hour() {
    let (app, user) = owner().await;
    let notices: Vec<_> = (0..7)
        .map(|at| MailJob::Notify {
            user_id: user.id,
            email: None,
            notice: Notice::RolesChanged { is_staff: Some(false), is_superuser: None },
            asked_at: at,
        })
        .collect();
    app.queue_again(&notices, app.clock.now()).await;
    assert_eq!(told(&app).await.len(), 5);
    assert_eq!(rename(&user, "countess").await.status, 200);
    assert_eq!(told(&app).await.len(), 6, "another kind");
}

#[tokio::test]
async fn without_the_queue_a_password_is_changed_all_the_same() {
    let (aws, url) = Aws::start().await;
    aws.respond_with(400, json!({ "__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "gone" }));
    let queue = "https://sqs.us-east-1.amazonaws.com/000000000000/mail";
    let app = TestApp::init_with(&[("AWS_ENDPOINT_URL_SQS", &url), ("MAIL_QUEUE_URL", queue)]).await;
    let user = app.user().await;
    let response = change_password(&user).await;
    assert_eq!(response.status, 204, "{}", response.body);
    let events: Vec<Value> =
        response.events().into_iter().filter(|event| event["event"] == "notice_not_queued").collect();
    assert_eq!((events.len(), &events[0]["purpose"]), (1, &json!("notice_password_changed")), "{events:?}");
}
