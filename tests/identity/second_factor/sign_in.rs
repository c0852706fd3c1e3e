//! `POST /v1/auth/token` and `/v1/auth/token/second-factor`: the password and a code sign in together.

use jiff::SignedDuration;
use serde_json::json;
use tests::{Forge, PASSWORD, TestApp, enrol};

use super::{
    Owner, RECOVERY_CODES, SECOND_FACTOR, assert_challenge_invalid, assert_wrong, events, give, give_recovery_code,
    refusal, wait,
};
use crate::{SESSIONS, assert_alive, fields, sign_in, with_tokens};

/// How long a challenge is good.
const LIFE: SignedDuration = SignedDuration::from_mins(5);
const SECOND: SignedDuration = SignedDuration::from_secs(1);

#[tokio::test]
async fn a_password_alone_signs_nobody_in_who_has_a_factor() {
    let app = TestApp::init().await;
    let user = app.user().await;
    enrol(&app, &user).await;
    let (sessions, addresses) = (app.items("sessions").await, app.items("sign_in_addresses").await);
    for name in [user.username.clone(), format!("{}@example.com", user.username)] {
        let response = sign_in(&app, &name, PASSWORD).await;
        assert!(response.is(401, "second_factor_required"), "{} {}", response.status, response.body);
        assert_eq!(response.header("www-authenticate"), "Bearer");
        let body = response.json();
        assert!(body["challenge"].is_string() && body["access_token"].is_null() && body["refresh_token"].is_null());
        assert!(events(&response, "sign_in_succeeded").is_empty(), "{:?}", response.events());
        let asked = events(&response, "second_factor_asked");
        assert_eq!((asked.len(), &asked[0]["user"]), (1, &json!(user.id)));
    }
    assert_eq!(app.items("sessions").await.len(), sessions.len());
    assert_eq!(app.items("sign_in_addresses").await.len(), addresses.len());
    // A wrong password does not tell that there is a factor.
    let wrong = sign_in(&app, &user.username, "not-the-password").await;
    assert!(wrong.is(401, "credentials_invalid") && wrong.json()["challenge"].is_null(), "{}", wrong.body);
}

#[tokio::test]
async fn a_code_signs_in_once() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let (challenge, code) = (owner.challenge(&app).await, owner.phone.next_code());
    let response = give(&app, &challenge, &code).await;
    assert_eq!(response.status, 200, "{}", response.body);
    let members: Vec<String> = response.json().as_object().unwrap().keys().cloned().collect();
    assert_eq!(members, ["access_token", "expires_in", "refresh_token", "token_type"]);
    let claims = Forge::claims(response.json()["access_token"].as_str().unwrap());
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("mfa"), &json!(["pwd", "otp", "mfa"])));
    assert_eq!((&claims["sub"], &claims["auth_time"]), (&json!(owner.client.id), &claims["iat"]));
    let succeeded = events(&response, "sign_in_succeeded");
    assert_eq!((succeeded.len(), &succeeded[0]["session"]), (1, &claims["sid"]));
    assert_alive(&with_tokens(&app.anon(), &response)).await;
    // Neither the code nor the challenge is taken again, nor a code of an earlier step.
    let used = give(&app, &owner.challenge(&app).await, &code).await;
    assert_wrong(&used, "code");
    assert_eq!(refusal(&used), (json!(owner.client.id), json!("used"), json!("totp")));
    assert_wrong(&give(&app, &owner.challenge(&app).await, &owner.phone.code_in(-1)).await, "code");
    assert_challenge_invalid(&give(&app, &challenge, &owner.phone.next_code()).await);
}

#[tokio::test]
async fn a_code_is_taken_one_step_early_or_late_and_no_more() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    for (steps, taken) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
        // Past all steps that were used.
        app.clock.advance(SignedDuration::from_mins(3));
        let response = give(&app, &owner.challenge(&app).await, &owner.phone.code_in(steps)).await;
        assert_eq!(response.status, if taken { 200 } else { 422 }, "{steps}: {}", response.body);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_code_twice_at_once_signs_in_once() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let challenges = [owner.challenge(&app).await, owner.challenge(&app).await];
    let (before, code) = (app.items("sessions").await.len(), owner.phone.next_code());
    let [one, other] = &challenges;
    let (one, other) = tokio::join!(give(&app, one, &code), give(&app, other, &code));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422], "{} {}", one.body, other.body);
    assert_eq!(app.items("sessions").await.len(), before + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_challenge_opens_one_session() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let (before, challenge) = (app.items("sessions").await.len(), owner.challenge(&app).await);
    let (one, other) = tokio::join!(
        give_recovery_code(&app, &challenge, &owner.recovery_codes[0]),
        give_recovery_code(&app, &challenge, &owner.recovery_codes[1]),
    );
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401], "{} {}", one.body, other.body);
    assert_challenge_invalid(if one.status == 401 { &one } else { &other });
    assert_eq!(app.items("sessions").await.len(), before + 1);
    // The code of the loser was not used up.
    let codes = owner.client.get(super::FACTORS).await.json()["recovery_codes"].clone();
    assert_eq!(codes, 9);
}

#[tokio::test]
async fn a_challenge_ends_after_five_minutes() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let [early, late] = [owner.challenge(&app).await, owner.challenge(&app).await];
    app.clock.advance(LIFE - SECOND);
    assert_eq!(give_recovery_code(&app, &early, &owner.recovery_codes[0]).await.status, 200);
    app.clock.advance(SECOND);
    assert_challenge_invalid(&give_recovery_code(&app, &late, &owner.recovery_codes[1]).await);
}

#[tokio::test]
async fn a_challenge_ends_after_five_tries() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let challenge = owner.challenge(&app).await;
    for _ in 0..5 {
        assert_wrong(&give(&app, &challenge, &owner.phone.wrong_code()).await, "code");
    }
    wait(&app);
    assert_challenge_invalid(&give_recovery_code(&app, &challenge, &owner.recovery_codes[0]).await);
    wait(&app);
    assert_eq!(owner.recover(&app, &owner.recovery_codes[0]).await.status, 200, "another challenge");
}

#[tokio::test]
async fn a_challenge_ends_with_the_epoch() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let challenge = owner.challenge(&app).await;
    assert_eq!(owner.client.delete(SESSIONS).await.status, 204);
    assert_challenge_invalid(&give_recovery_code(&app, &challenge, &owner.recovery_codes[0]).await);
    assert_eq!(owner.recover(&app, &owner.recovery_codes[0]).await.status, 200);
}

#[tokio::test]
async fn new_recovery_codes_leave_a_challenge_good() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let challenge = owner.challenge(&app).await;
    let renewed = owner.client.send(http::Method::POST, RECOVERY_CODES, None).await;
    assert_eq!(renewed.status, 201, "{}", renewed.body);
    assert_eq!(give(&app, &challenge, &owner.phone.next_code()).await.status, 200);
}

#[tokio::test]
async fn nobody_knows_another_challenge() {
    let app = TestApp::init().await;
    let (owner, other) = (Owner::new(&app).await, Owner::new(&app).await);
    let secret = other.challenge(&app).await.split_once('.').unwrap().1.to_owned();
    let foreign = format!("{}.{secret}", owner.client.id);
    let unknown = format!("{}.{}", owner.client.id, "A".repeat(43));
    for challenge in ["garbage", &foreign, &unknown] {
        assert_challenge_invalid(&give(&app, challenge, &owner.phone.next_code()).await);
    }
    // That were no guesses: the owner still has all five.
    for _ in 0..5 {
        assert_wrong(&owner.guess(&app).await, "code");
    }
}

#[tokio::test]
async fn a_challenge_takes_exactly_one_code() {
    let app = TestApp::init().await;
    let anon = app.anon();
    for (body, wrong) in [
        (json!({ "challenge": "x" }), ""),
        (json!({ "challenge": "x", "code": "123456", "recovery_code": super::NO_RECOVERY_CODE }), ""),
        (json!({ "code": "123456" }), "challenge"),
        (json!({ "challenge": "x", "code": 123_456 }), "code"),
        (json!({ "challenge": "x", "recovery_code": ["x"] }), "recovery_code"),
        (json!({ "challenge": "x", "code": "123456", "password": PASSWORD }), "password"),
    ] {
        assert_eq!(fields(&anon.post(SECOND_FACTOR, body.clone()).await), [wrong], "{body}");
    }
}
