//! What the owner of an account is told about second factors.

use auth::Clock;
use identity::MailJob;
use jiff::SignedDuration;
use serde_json::json;
use tests::{Authenticator, Client, PASSWORD, Passkey, Response, TestApp, challenge, enrol};

const FACTORS: &str = "/v1/users/me/factors";
const ADDED: &str = "A second factor was added";
const REMOVED: &str = "A second factor was removed";
const PASSKEY_ADDED: &str = "A passkey was added";
const PASSKEY_REMOVED: &str = "A passkey was removed";
const RECOVERED: &str = "A recovery code was used";
const RENEWED: &str = "You have new recovery codes";
const GUESSED: &str = "Somebody is guessing your codes";

/// How many mails with this subject the user got.
async fn told(app: &TestApp, user: &Client, subject: &str) -> usize {
    let (to, subject) = (format!("To: <{}@example.com>", user.username), format!("Subject: {subject}\n"));
    let mails = app.mails().await;
    mails.iter().filter(|mail| mail.contains(&to) && mail.replace('\r', "").contains(&subject)).count()
}

async fn give(app: &TestApp, user: &Client, field: &str, code: &str) -> Response {
    let body = json!({ "challenge": challenge(app, &user.username).await, field: code });
    app.anon().post("/v1/auth/token/second-factor", body).await
}

#[tokio::test]
async fn an_added_factor_is_told_and_a_waiting_one_is_not() {
    let app = TestApp::init().await;
    let user = app.user().await;
    app.tell_owners();
    assert_eq!(user.send(http::Method::POST, FACTORS, None).await.status, 201);
    assert_eq!(told(&app, &user, ADDED).await, 0);
    enrol(&app, &user).await;
    assert_eq!(told(&app, &user, ADDED).await, 1);
}

#[tokio::test]
async fn a_removed_factor_is_told_once() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let phone = enrol(&app, &user).await.authenticator;
    let owner = app.sign_in(&user.username).await;
    app.tell_owners();
    let path = format!("{FACTORS}/{}", phone.id);
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(told(&app, &user, REMOVED).await, 1);
    // A client that got no response signs in, and removes it again.
    let password = json!({ "username": user.username, "password": PASSWORD });
    let signed_in = app.anon().post("/v1/auth/token", password).await;
    let again = app.anon().signed_in(&user.username, &signed_in);
    assert_eq!(again.delete(&path).await.status, 204);
    assert_eq!(told(&app, &user, REMOVED).await, 1);
}

#[tokio::test]
async fn added_and_removed_passkeys_are_told_once_each() {
    let app = TestApp::init().await;
    let user = app.user().await;
    enrol(&app, &user).await;
    let owner = app.sign_in(&user.username).await;
    app.tell_owners();
    let passkeys = [Passkey::add(&owner).await, Passkey::add(&owner).await];
    assert_eq!(told(&app, &user, PASSKEY_ADDED).await, 2);
    let refused = owner.post("/v1/users/me/passkeys", json!({ "credential": {} })).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    let path = format!("{FACTORS}/{}", passkeys[0].factor);
    assert_eq!(owner.delete(&path).await.status, 204);
    let again = app.sign_in(&user.username).await;
    assert_eq!(again.delete(&path).await.status, 204);
    assert_eq!((told(&app, &user, PASSKEY_ADDED).await, told(&app, &user, PASSKEY_REMOVED).await), (2, 1));
    assert_eq!((told(&app, &user, ADDED).await, told(&app, &user, REMOVED).await), (0, 0));
}

/// A passkey that was removed before its notice was sent is told by the other notice alone.
#[tokio::test]
async fn what_is_not_true_any_more_is_not_told() {
    let app = TestApp::init().await;
    let user = app.user().await;
    enrol(&app, &user).await;
    let owner = app.sign_in(&user.username).await;
    app.tell_owners();
    let passkey = Passkey::add(&owner).await;
    assert_eq!(owner.delete(&format!("{FACTORS}/{}", passkey.factor)).await.status, 204);
    assert_eq!((told(&app, &user, PASSKEY_ADDED).await, told(&app, &user, PASSKEY_REMOVED).await), (0, 1));
}

#[tokio::test]
async fn each_use_of_a_recovery_code_is_told() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let codes = enrol(&app, &user).await.recovery_codes;
    app.tell_owners();
    for (used, code) in codes[..2].iter().enumerate() {
        assert_eq!(give(&app, &user, "recovery_code", code).await.status, 200);
        assert_eq!(told(&app, &user, RECOVERED).await, used + 1);
    }
    assert_eq!(give(&app, &user, "recovery_code", &codes[0]).await.status, 422);
    assert_eq!(told(&app, &user, RECOVERED).await, 2);
}

#[tokio::test]
async fn new_recovery_codes_are_told() {
    let app = TestApp::init().await;
    let user = app.user().await;
    enrol(&app, &user).await;
    let owner = app.sign_in(&user.username).await;
    app.tell_owners();
    assert_eq!(owner.send(http::Method::POST, "/v1/users/me/recovery-codes", None).await.status, 201);
    assert_eq!(told(&app, &user, RENEWED).await, 1);
}

#[tokio::test]
async fn three_wrong_codes_in_a_row_are_told_once_a_day() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let phone = enrol(&app, &user).await.authenticator;
    app.tell_owners();
    for (guesses, expected) in [(2, 0), (1, 1), (2, 1)] {
        for _ in 0..guesses {
            assert_eq!(give(&app, &user, "code", &phone.wrong_code()).await.status, 422);
        }
        assert_eq!(told(&app, &user, GUESSED).await, expected, "{guesses} more");
    }
    // Another row of wrong codes, on the same day and on the next.
    for (hours, expected) in [(1, 1), (24, 2)] {
        app.clock.advance(SignedDuration::from_hours(hours));
        app.sign_in(&user.username).await;
        for _ in 0..3 {
            assert_eq!(give(&app, &user, "code", &phone.wrong_code()).await.status, 422);
        }
        assert_eq!(told(&app, &user, GUESSED).await, expected, "{hours} hours later");
    }
}

#[tokio::test]
async fn a_notice_that_is_delivered_again_is_sent_once() {
    let app = TestApp::init().await;
    let user = app.user().await;
    app.tell_owners();
    let phone = Authenticator::begin(&app, &user).await;
    let mailed = app.mailed_code(&format!("{}@example.com", user.username)).await;
    assert_eq!(phone.confirm(&user, Some(&mailed)).await.status, 200);
    let notices: Vec<MailJob> = app.take_notices();
    for _ in 0..3 {
        app.queue_again(&notices, app.clock.now()).await;
        assert_eq!(told(&app, &user, ADDED).await, 1);
    }
}
