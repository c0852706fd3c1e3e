//! `POST /v1/users/me/factors` and its `confirm`: a first factor takes a code of the app and a mailed one.

use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tests::authenticator::{mailed_code, recovery_codes};
use tests::{Authenticator, Client, PASSWORD, Response, TestApp};

use super::{FACTORS, Owner, assert_wrong, events};
use crate::{REAUTHENTICATE, assert_alive, assert_dead, email_of, fields, sign_in, signed_up, signs_in};

/// How long a factor waits to be confirmed.
const WAITS: SignedDuration = SignedDuration::from_mins(10);
const SECOND: SignedDuration = SignedDuration::from_secs(1);

async fn ask(client: &Client) -> Response {
    client.send(Method::POST, FACTORS, None).await
}

async fn confirm(client: &Client, id: &str, body: Value) -> Response {
    client.post(&format!("{FACTORS}/{id}/confirm"), body).await
}

#[tokio::test]
async fn a_factor_is_offered_with_everything_that_an_app_needs() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let response = ask(&user).await;
    assert_eq!((response.status, response.header("cache-control")), (201, "no-store"), "{}", response.body);
    let offer = response.json();
    let members: Vec<_> = offer.as_object().unwrap().keys().cloned().collect();
    assert_eq!(members, ["expires_at", "id", "needs_mailed_code", "otpauth_uri", "qr_code", "secret"]);
    let text = |name: &str| offer[name].as_str().unwrap().to_owned();
    let (secret, uri) = (text("secret"), text("otpauth_uri"));
    assert!(secret.len() == 32 && secret.bytes().all(|c| matches!(c, b'A'..=b'Z' | b'2'..=b'7')), "{secret}");
    assert!(uri.starts_with("otpauth://totp/") && uri.contains(&format!("secret={secret}")), "{uri}");
    assert!(text("qr_code").contains("<svg") && !text("qr_code").contains(&secret));
    assert_eq!(offer["needs_mailed_code"], true);
    let expires_at: Timestamp = text("expires_at").parse().unwrap();
    assert_eq!(expires_at.duration_since(auth::Clock::now(&*app.clock)), WAITS);
    assert!(!format!("{:?}", app.items("factors").await).contains(&secret), "the secret is sealed");
}

#[tokio::test]
async fn a_first_factor_takes_the_mailed_code_too() {
    let app = TestApp::init().await;
    let user = app.user().await;
    // A thief has the password, and not the mailbox.
    let thief = app.sign_in(&user.username).await;
    let phone = Authenticator::begin(&app, &thief).await;
    for mailed in [None, Some("AAAA-AAAA")] {
        assert_eq!(fields(&phone.confirm(&thief, mailed).await), ["mailed_code"]);
    }
    assert_eq!(thief.get(FACTORS).await.json(), json!({ "factors": [], "recovery_codes": 0 }));
    assert!(signs_in(&app, &user.username, PASSWORD).await, "the account has no factor yet");
    // The owner learns of it.
    let mails = app.mails().await;
    let [mail] = mails.as_slice() else { panic!("{mails:?}") };
    assert!(mail.contains(&format!("To: <{}>", email_of(&user))), "{mail}");
    assert!(mail.contains("Subject: Your code to add a second factor"), "{mail}");
    assert!(mail.contains("10 minutes"), "{mail}");
    // With the mailed code alone nothing is done either.
    let mailed = mailed_code(mail).unwrap().to_owned();
    let alone = confirm(&thief, &phone.id, json!({ "code": phone.wrong_code(), "mailed_code": mailed })).await;
    assert_wrong(&alone, "code");
    let confirmed = phone.confirm(&thief, Some(&mailed.to_lowercase().replace('-', " "))).await;
    assert_eq!(recovery_codes(&confirmed).len(), 10);
}

#[tokio::test]
async fn confirming_the_first_factor_ends_all_sessions() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let other = app.sign_in(&user.username).await;
    let phone = Authenticator::begin(&app, &user).await;
    let mailed = app.mailed_code(&email_of(&user)).await;
    let confirmed = phone.confirm(&user, Some(&mailed)).await;
    assert_eq!((confirmed.status, confirmed.header("cache-control")), (200, "no-store"), "{}", confirmed.body);
    let added = events(&confirmed, "factor_added");
    assert_eq!((added.len(), &added[0]["user"]), (1, &json!(user.id)));
    assert_eq!((&added[0]["factor"], &added[0]["by"]), (&json!(phone.id), &json!("user")));
    assert_dead(&user).await;
    assert_dead(&other).await;
    assert!(sign_in(&app, &user.username, PASSWORD).await.is(401, "second_factor_required"));
    let again = phone.sign_in(&app, &user.username).await;
    let listed = again.get(FACTORS).await.json();
    let [factor] = listed["factors"].as_array().unwrap().as_slice() else { panic!("{listed}") };
    let members: Vec<_> = factor.as_object().unwrap().keys().cloned().collect();
    assert_eq!(members, ["created_at", "id", "kind", "name"]);
    assert_eq!((&factor["id"], &factor["kind"]), (&json!(phone.id), &json!("totp")));
    assert_eq!(listed["recovery_codes"], 10);
    assert_alive(&again).await;
}

#[tokio::test]
async fn the_code_that_confirms_is_not_taken_again() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let phone = tests::enrol(&app, &user).await.authenticator;
    let challenge = tests::challenge(&app, &user.username).await;
    assert_wrong(&super::give(&app, &challenge, &phone.code()).await, "code");
    assert_eq!(super::give(&app, &challenge, &phone.next_code()).await.status, 200);
}

#[tokio::test]
async fn a_waiting_factor_asks_nobody_for_a_code() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let phone = Authenticator::begin(&app, &user).await;
    assert!(signs_in(&app, &user.username, PASSWORD).await);
    assert_eq!(user.post(REAUTHENTICATE, json!({ "password": PASSWORD })).await.status, 200);
    assert_wrong(&user.post(REAUTHENTICATE, json!({ "code": phone.next_code() })).await, "code");
}

#[tokio::test]
async fn a_waiting_factor_ends_after_ten_minutes() {
    let app = TestApp::init().await;
    for (waits, status) in [(WAITS - SECOND, 200), (WAITS, 404)] {
        let user = app.user().await;
        let asked = auth::Clock::now(&*app.clock);
        let phone = Authenticator::begin(&app, &user).await;
        let mailed = app.mailed_code(&email_of(&user)).await;
        app.clock.advance(waits - auth::Clock::now(&*app.clock).duration_since(asked));
        let recent = app.sign_in(&user.username).await;
        let confirmed = phone.confirm(&recent, Some(&mailed)).await;
        assert_eq!(confirmed.status, status, "{waits}: {}", confirmed.body);
    }
}

#[tokio::test]
async fn no_second_app_beside_the_first() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let before = app.items("factors").await;
    let refused = ask(&owner.client).await;
    assert!(refused.is(409, "factor_exists"), "{} {}", refused.status, refused.body);
    assert_eq!((app.items("factors").await.len(), app.waiting_jobs().len()), (before.len(), 0));
    // Nor is the same one confirmed twice.
    let again = owner.phone.confirm(&owner.client, Some("AAAA-AAAA")).await;
    assert!([404, 409].contains(&again.status), "{} {}", again.status, again.body);
    assert_alive(&owner.client).await;
}

/// Two apps wait, and both codes were mailed.
#[tokio::test]
async fn a_waiting_factor_is_void_once_another_was_confirmed() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let first = Authenticator::begin(&app, &user).await;
    let mailed = app.mailed_code(&email_of(&user)).await;
    let waiting = app.items("factors").await;
    let owner = Owner::of(&app, &user).await;
    // Even if the second one left the first one where it was.
    tests::bounded::insert(&app, "factors", waiting).await;
    let refused = first.confirm(&owner.client, Some(&mailed)).await;
    assert!(refused.is(409, "factor_exists"), "{} {}", refused.status, refused.body);
    assert_eq!(owner.client.get(FACTORS).await.json()["factors"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn another_users_factor_is_not_found() {
    let app = TestApp::init().await;
    let (user, mallory) = (app.user().await, app.user().await);
    let phone = Authenticator::begin(&app, &user).await;
    let mailed = app.mailed_code(&email_of(&user)).await;
    let body = json!({ "code": phone.code(), "mailed_code": mailed });
    for id in [phone.id.as_str(), "01a21051-adb0-78b0-91d1-583f6cf950da", "not-an-id"] {
        let foreign = confirm(&mallory, id, body.clone()).await;
        assert!(foreign.is(404, "not_found"), "{id}: {} {}", foreign.status, foreign.body);
    }
    assert_eq!(mallory.delete(&format!("{FACTORS}/{}", phone.id)).await.status, 204);
    assert_eq!(confirm(&user, &phone.id, body).await.status, 200);
    let owner = phone.sign_in(&app, &user.username).await;
    assert_eq!(mallory.delete(&format!("{FACTORS}/{}", phone.id)).await.status, 204);
    assert_eq!(owner.get(FACTORS).await.json()["factors"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_unverified_email_brings_no_factor() {
    let app = TestApp::init().await;
    let user = signed_up(&app, "ada", "ada@example.com").await;
    let jobs = app.waiting_jobs().len();
    let refused = ask(&user).await;
    assert!(refused.is(409, "email_not_verified"), "{} {}", refused.status, refused.body);
    assert_eq!(app.waiting_jobs().len(), jobs, "nothing is mailed");
    assert!(app.items("factors").await.is_empty());
}

#[tokio::test]
async fn a_code_that_an_earlier_address_got_is_wrong() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let phone = Authenticator::begin(&app, &user).await;
    let mailed = app.mailed_code(&email_of(&user)).await;
    let change = json!({ "email": "new@example.org", "current_password": PASSWORD });
    assert_eq!(user.patch(crate::ME, change).await.status, 200);
    let token = app.mailed_token("new@example.org").await;
    assert_eq!(user.post(crate::VERIFY, json!({ "token": token })).await.status, 204);
    assert_eq!(fields(&phone.confirm(&user, Some(&mailed)).await), ["mailed_code"]);
}

#[tokio::test]
async fn a_factor_needs_a_recent_authentication() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let phone = Authenticator::begin(&app, &user).await;
    let mailed = app.mailed_code(&email_of(&user)).await;
    assert!(ask(&app.anon()).await.is(403, "token_missing"));
    app.clock.advance(SignedDuration::from_secs(301));
    assert!(ask(&user).await.is(401, "reauthentication_required"));
    assert!(phone.confirm(&user, Some(&mailed)).await.is(401, "reauthentication_required"));
    // The list shows nothing that a thief could use.
    assert_eq!(user.get(FACTORS).await.status, 200);
}
