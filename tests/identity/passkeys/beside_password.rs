//! A passkey in place of a code: after the password, and in a session.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::passkey::request_options;
use tests::{Client, Response, TestApp, challenge};

use super::{Owner, assert_invalid, claims, events};
use crate::{REAUTHENTICATE, SESSIONS, assert_alive, assert_dead, fields, with_tokens};

const SECOND_FACTOR: &str = "/v1/auth/token/second-factor";

async fn give(app: &TestApp, challenge: &str, passkey: &Value) -> Response {
    app.anon().post(SECOND_FACTOR, json!({ "challenge": challenge, "passkey": passkey })).await
}

async fn again(client: &Client, passkey: &Value) -> Response {
    client.post(REAUTHENTICATE, json!({ "passkey": passkey })).await
}

#[tokio::test]
async fn a_passkey_is_a_second_step_after_the_password() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let (first, passkey) = (challenge(&app, &owner.client.username).await, owner.passkey.response(&app).await);
    let response = give(&app, &first, &passkey).await;
    let claims = claims(&response);
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("mfa"), &json!(["pwd", "hwk", "mfa"])));
    assert_alive(&with_tokens(&app.anon(), &response)).await;
    // Neither the challenge of the sign-in nor the response is good again.
    let next = owner.passkey.response(&app).await;
    assert!(give(&app, &first, &next).await.is(401, "challenge_invalid"));
    let second = challenge(&app, &owner.client.username).await;
    let copied = give(&app, &second, &passkey).await;
    assert_invalid(&copied, "passkey");
    let refused = events(&copied, "code_refused");
    assert_eq!((refused.len(), &refused[0]["by"], &refused[0]["reason"]), (1, &json!("passkey"), &json!("used")));
    assert_eq!(give(&app, &second, &next).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_response_beside_two_passwords_signs_in_once() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let [one, other] = [challenge(&app, &owner.client.username).await, challenge(&app, &owner.client.username).await];
    let passkey = owner.passkey.respond_with(&request_options(&app).await, |answer| answer.counter = 0);
    let (one, other) = tokio::join!(give(&app, &one, &passkey), give(&app, &other, &passkey));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422], "{} {}", one.body, other.body);
}

#[tokio::test]
async fn a_second_step_takes_the_passkey_of_its_user_and_is_no_guess() {
    let app = TestApp::init().await;
    let (owner, other) = (Owner::new(&app).await, Owner::new(&app).await);
    let first = challenge(&app, &owner.client.username).await;
    for _ in 0..4 {
        assert_invalid(&give(&app, &first, &other.passkey.response(&app).await).await, "passkey");
    }
    assert_eq!(super::notices(&app, "codes_guessed"), 0);
    // The fifth try with this challenge. Guesses of codes are all left.
    assert_eq!(give(&app, &first, &owner.passkey.response(&app).await).await.status, 200);
    for _ in 0..5 {
        let challenge = challenge(&app, &owner.client.username).await;
        let body = json!({ "challenge": challenge, "code": owner.phone.wrong_code() });
        assert_eq!(fields(&app.anon().post(SECOND_FACTOR, body).await), ["code"]);
    }
}

#[tokio::test]
async fn a_passkey_steps_up_and_the_session_keeps_its_kind() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let other = app.sign_in(&owner.client.username).await;
    let sid = tests::Forge::claims(other.token.as_ref().unwrap())["sid"].as_str().unwrap().to_owned();
    app.clock.advance(SignedDuration::from_secs(301));
    let passkey = owner.passkey.response(&app).await;
    let response = again(&owner.client, &passkey).await;
    let claims = claims(&response);
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("mfa"), &json!(["hwk", "mfa"])));
    assert_eq!(events(&response, "reauthenticated").len(), 1);
    let stepped_up = owner.client.with_token(response.json()["access_token"].as_str().unwrap());
    assert_eq!(stepped_up.delete(&format!("{SESSIONS}/{sid}")).await.status, 204);
    let refreshed = crate::refreshed(&owner.client).await;
    let kept = tests::Forge::claims(refreshed.token.as_ref().unwrap());
    assert_eq!(kept["amr"], json!(["pwd", "otp", "mfa"]));
    assert_invalid(&again(&owner.client, &passkey).await, "passkey");
}

#[tokio::test]
async fn the_fifth_wrong_passkey_in_a_row_ends_the_session() {
    let app = TestApp::init().await;
    let (owner, other) = (Owner::new(&app).await, Owner::new(&app).await);
    for tries in [4, 5] {
        for _ in 0..tries {
            assert_invalid(&again(&owner.client, &other.passkey.response(&app).await).await, "passkey");
            app.clock.advance(SignedDuration::from_secs(20));
        }
        if tries == 4 {
            assert_eq!(again(&owner.client, &owner.passkey.response(&app).await).await.status, 200);
            app.clock.advance(SignedDuration::from_secs(20));
        }
    }
    assert_dead(&owner.client).await;
}

#[tokio::test]
async fn the_passkey_of_an_account_without_one_is_wrong() {
    let app = TestApp::init().await;
    let (user, other) = (app.user().await, Owner::new(&app).await);
    assert_invalid(&again(&user, &other.passkey.response(&app).await).await, "passkey");
    let both = json!({ "passkey": {}, "code": "123456" });
    assert_eq!(fields(&user.post(REAUTHENTICATE, both).await), [""]);
}
