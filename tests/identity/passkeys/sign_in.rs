//! `POST /v1/auth/passkey/options` and `/v1/auth/token/passkey`: a passkey signs in without a name and a password.

use http::Method;
use jiff::SignedDuration;
use serde_json::json;
use tests::passkey::{PASSKEY_CHALLENGE, PASSKEY_OPTIONS, PASSKEY_TOKEN, PASSKEYS, give_passkey, request_options};
use tests::{SEALING_KEYS, TestApp};

use super::{Owner, assert_refused, claims, events, with_app};
use crate::{ERASE, assert_alive, refreshed, with_tokens};

#[tokio::test]
async fn a_passkey_alone_signs_in_with_the_strength_of_two_factors() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    for _ in 0..2 {
        let response = owner.passkey.sign_in(&app).await;
        let claims = claims(&response);
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!("mfa"), &json!(["hwk", "mfa"])));
        assert_eq!((&claims["sub"], &claims["auth_time"]), (&json!(owner.client.id), &claims["iat"]));
        let succeeded = events(&response, "sign_in_succeeded");
        assert_eq!((succeeded.len(), &succeeded[0]["session"]), (1, &claims["sid"]));
        assert_alive(&with_tokens(&app.anon(), &response)).await;
        app.clock.advance(SignedDuration::from_mins(1));
    }
}

#[tokio::test]
async fn a_refreshed_token_keeps_the_kind_of_its_session() {
    let app = TestApp::init_with(&[("STAFF_NEEDS_SECOND_FACTOR", "true")]).await;
    let staff = app.staff().await;
    tests::enrol(&app, &staff).await;
    let passkey = tests::Passkey::add(&app.sign_in(&staff.username).await).await;
    let client = with_tokens(&app.anon(), &passkey.sign_in(&app).await);
    app.clock.advance(SignedDuration::from_mins(10));
    let client = refreshed(&client).await;
    let claims = tests::Forge::claims(client.token.as_ref().unwrap());
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("mfa"), &json!(["hwk", "mfa"])));
    assert_eq!(client.get("/v1/users").await.status, 200);
}

#[tokio::test]
async fn options_name_nobody_and_store_nothing() {
    let app = TestApp::init().await;
    Owner::new(&app).await;
    let before = app.items("factors").await.len();
    let (one, other) = (request_options(&app).await, request_options(&app).await);
    assert_eq!(one["public_key"]["rpId"], "example.com");
    assert_eq!(one["public_key"]["userVerification"], "required");
    assert_eq!(one["public_key"]["allowCredentials"].as_array().map_or(0, Vec::len), 0);
    assert_ne!(one["public_key"]["challenge"], other["public_key"]["challenge"]);
    assert_eq!(app.items("factors").await.len(), before);
}

#[tokio::test]
async fn a_copied_response_signs_nobody_in() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let response = owner.passkey.response(&app).await;
    assert_eq!(give_passkey(&app, response.clone()).await.status, 200);
    let copied = give_passkey(&app, response).await;
    assert_refused(&copied, "passkey_used");
    assert!(events(&copied, "passkey_cloned").is_empty(), "the key was not copied");
    // Nor one of an authenticator that does not count.
    let uncounted = tests::Passkey::add(&owner.client).await;
    let options = request_options(&app).await;
    let response = uncounted.respond_with(&options, |answer| answer.counter = 0);
    assert_eq!(give_passkey(&app, response.clone()).await.status, 200);
    assert_refused(&give_passkey(&app, response).await, "passkey_used");
    let response = uncounted.respond_with(&options, |answer| answer.counter = 0);
    assert_refused(&give_passkey(&app, response).await, "passkey_used");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_response_twice_at_once_signs_in_once() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let (before, response) = (app.items("sessions").await.len(), owner.passkey.response(&app).await);
    let (one, other) = tokio::join!(give_passkey(&app, response.clone()), give_passkey(&app, response));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401], "{} {}", one.body, other.body);
    assert_eq!(app.items("sessions").await.len(), before + 1);
}

#[tokio::test]
async fn a_challenge_is_good_for_five_minutes_in_every_process() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let [early, late] = [owner.passkey.response(&app).await, owner.passkey.response(&app).await];
    app.clock.advance(SignedDuration::from_secs(299));
    assert_eq!(give_passkey(&app.second_process(), early).await.status, 200);
    app.clock.advance(SignedDuration::from_secs(1));
    assert_refused(&give_passkey(&app, late).await, "passkey_expired");
}

/// The function that checks has the old keys in hand, and reads them again.
#[tokio::test]
async fn a_new_sealing_key_leaves_old_and_new_challenges_good() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    assert_eq!(owner.passkey.sign_in(&app).await.status, 200);
    let old = owner.passkey.response(&app).await;
    app.clock.advance(SignedDuration::from_secs(30));
    let added = SEALING_KEYS.replace('}', &format!(r#","2":"{}"}}"#, "07".repeat(32)));
    std::fs::write(app.sealing_keys_file(), added).unwrap();
    let new = owner.passkey.respond(&request_options(&app.second_process()).await);
    for response in [old, new] {
        let response = give_passkey(&app, response).await;
        assert_eq!(response.status, 200, "{}", response.body);
    }
}

#[tokio::test]
async fn without_sealing_keys_a_passkey_is_unavailable_and_not_wrong() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let response = owner.passkey.response(&app).await;
    std::fs::remove_file(app.sealing_keys_file()).unwrap();
    let process = app.second_process();
    let options = process.anon().send(Method::POST, PASSKEY_CHALLENGE, None).await;
    assert!(options.is(503, "unavailable"), "{} {}", options.status, options.body);
    assert!(give_passkey(&process, response).await.is(503, "unavailable"));
}

#[tokio::test]
async fn a_sign_in_from_a_new_place_is_told() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    app.tell_owners();
    assert_eq!(owner.passkey.sign_in(&app).await.status, 200);
    assert_eq!(super::notices(&app, "signed_in"), 1);
}

#[tokio::test]
async fn without_a_domain_there_are_no_passkeys() {
    let app = TestApp::init_with(&[("PASSKEY_DOMAIN", "")]).await;
    let (client, _) = with_app(&app).await;
    for response in [
        client.send(Method::POST, PASSKEY_OPTIONS, None).await,
        client.post(PASSKEYS, json!({ "credential": {} })).await,
        app.anon().send(Method::POST, PASSKEY_CHALLENGE, None).await,
        app.anon().post(PASSKEY_TOKEN, json!({ "credential": {} })).await,
    ] {
        assert!(response.is(404, "passkeys_off"), "{} {}", response.status, response.body);
    }
    super::assert_invalid(&client.post(crate::REAUTHENTICATE, json!({ "passkey": {} })).await, "passkey");
}

#[tokio::test]
async fn an_erased_account_leaves_no_passkey() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    assert_eq!(owner.passkey.sign_in(&app).await.status, 200);
    let erased = owner.client.post(ERASE, json!({ "password": tests::PASSWORD })).await;
    assert_eq!(erased.status, 202, "{}", erased.body);
    assert_refused(&owner.passkey.sign_in(&app).await, "account_inactive");
    app.clock.advance(SignedDuration::from_mins(1));
    app.handle_jobs().await;
    assert!(app.items("factors").await.is_empty());
    assert_refused(&owner.passkey.sign_in(&app).await, "passkey_unknown");
}
