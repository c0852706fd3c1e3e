//! Everything wrong with a passkey's response is one error for the client.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::json;
use tests::passkey::authenticator::{Key, PRESENT, VERIFIED};
use tests::passkey::{PASSKEY_TOKEN, creation_options, give_passkey, request_options};
use tests::{Passkey, TestApp};

use super::{Owner, assert_refused, events, with_app};
use crate::fields;

#[tokio::test]
async fn a_response_for_another_site_or_ceremony_is_refused() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let options = request_options(&app).await;
    let passkey = &owner.passkey;
    for response in [
        passkey.respond_with(&options, |answer| answer.origin = "https://example.com"),
        passkey.respond_with(&options, |answer| answer.origin = "http://app.example.com"),
        passkey.respond_with(&options, |answer| answer.origin = "https://evil.example"),
        passkey.respond_with(&options, |answer| answer.rp_id = "app.example.com"),
        passkey.respond_with(&options, |answer| answer.ceremony = "webauthn.create"),
        passkey.respond_with(&options, |answer| answer.frame = r#","crossOrigin":true"#),
        passkey.respond_with(&options, |answer| answer.flags = PRESENT),
        passkey.respond_with(&options, |answer| answer.flags = VERIFIED),
        passkey.respond_by(&Key::es256(), &options, |_| ()),
        json!({}),
    ] {
        assert_refused(&give_passkey(&app, response).await, "passkey_wrong");
    }
    // None of them used the challenge up.
    assert_eq!(give_passkey(&app, passkey.respond(&options)).await.status, 200);
}

#[tokio::test]
async fn a_challenge_from_elsewhere_is_refused() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let foreign = TestApp::init().await;
    // Another stack has other keys.
    std::fs::write(foreign.sealing_keys_file(), format!(r#"{{"1":"{}"}}"#, "07".repeat(32))).unwrap();
    let of_foreign = owner.passkey.respond(&request_options(&foreign).await);
    let of_registration = owner.passkey.respond(&creation_options(&owner.client).await.json());
    let options = request_options(&app).await;
    let changed = owner.passkey.respond_with(&options, |answer| answer.challenge[8] ^= 1);
    let empty = owner.passkey.respond_with(&options, |answer| answer.challenge.clear());
    for response in [of_foreign, of_registration, changed, empty] {
        assert_refused(&give_passkey(&app, response).await, "passkey_expired");
    }
}

#[tokio::test]
async fn an_unknown_passkey_and_another_user_are_refused_alike() {
    let app = TestApp::init().await;
    let (owner, other) = (Owner::new(&app).await, Owner::new(&app).await);
    let options = request_options(&app).await;
    let stolen = other.passkey.user.clone();
    for response in [
        owner.passkey.respond_with(&options, |answer| answer.id = b"unknown".to_vec()),
        owner.passkey.respond_with(&options, |answer| answer.user = vec![7; 16]),
        owner.passkey.respond_with(&options, |answer| answer.user = stolen),
    ] {
        assert_refused(&give_passkey(&app, response).await, "passkey_unknown");
    }
}

/// Nobody gets into an account by registering a known id for their own.
#[tokio::test]
async fn the_same_credential_id_in_another_account_is_another_passkey() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let (thief, _) = with_app(&app).await;
    let id = owner.passkey.id.clone();
    let (mut copy, credential) =
        Passkey::make_with(&creation_options(&thief).await.json(), |answer| answer.id = id.clone());
    copy.id = id;
    let added = thief.post(tests::passkey::PASSKEYS, json!({ "credential": credential })).await;
    assert_eq!(added.status, 201, "{}", added.body);
    let user = owner.passkey.user.clone();
    let options = request_options(&app).await;
    let as_owner = copy.respond_with(&options, |answer| answer.user = user);
    assert_refused(&give_passkey(&app, as_owner).await, "passkey_wrong");
    assert_eq!(super::claims(&copy.sign_in(&app).await)["sub"], json!(thief.id));
    assert_eq!(super::claims(&owner.passkey.sign_in(&app).await)["sub"], json!(owner.client.id));
}

#[tokio::test]
async fn an_inactive_user_is_refused_like_a_wrong_passkey() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    app.set("users", ("id", &owner.client.id.to_string()), "is_active", AttributeValue::Bool(false)).await;
    assert_refused(&owner.passkey.sign_in(&app).await, "account_inactive");
}

#[tokio::test]
async fn a_counter_that_has_not_risen_is_reported_and_refused() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let options = request_options(&app).await;
    let high = owner.passkey.respond_with(&options, |answer| answer.counter = 7);
    assert_eq!(give_passkey(&app, high).await.status, 200);
    for counter in [7, 6, 0] {
        let copy = owner.passkey.respond_with(&request_options(&app).await, |answer| answer.counter = counter);
        let response = give_passkey(&app, copy).await;
        assert_refused(&response, "passkey_cloned");
        let cloned = events(&response, "passkey_cloned");
        assert_eq!(cloned.len(), 1);
        assert_eq!(cloned[0]["user"], json!(owner.client.id));
        assert_eq!(cloned[0]["factor"], json!(owner.passkey.factor));
    }
    // Without the key, nobody reports a copy.
    let forged = owner.passkey.respond_by(&Key::es256(), &request_options(&app).await, |answer| answer.counter = 0);
    let response = give_passkey(&app, forged).await;
    assert_refused(&response, "passkey_wrong");
    assert!(events(&response, "passkey_cloned").is_empty());
    let next = owner.passkey.respond_with(&request_options(&app).await, |answer| answer.counter = 8);
    assert_eq!(give_passkey(&app, next).await.status, 200);
}

#[tokio::test]
async fn a_response_must_be_an_object_of_a_bounded_size() {
    let app = TestApp::init().await;
    for (body, wrong) in [
        (json!({}), "credential"),
        (json!({ "credential": "text" }), "credential"),
        (json!({ "credential": [] }), "credential"),
        (json!({ "credential": { "x": "x".repeat(33_000) } }), "credential"),
        (json!({ "credential": {}, "name": "x" }), "name"),
    ] {
        assert_eq!(fields(&app.anon().post(PASSKEY_TOKEN, body).await), [wrong]);
    }
}

#[tokio::test]
async fn an_unreadable_passkey_is_left_out() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let second = Passkey::add(&owner.client).await;
    let key = format!("passkey:{}", owner.passkey.factor);
    let factors = app.items("factors").await;
    let mut item = factors.into_iter().find(|item| item["id"].as_s() == Ok(&key)).unwrap();
    item.insert("counter".to_owned(), AttributeValue::S("many".to_owned()));
    app.database.put_item().table_name(format!("{}factors", app.prefix)).set_item(Some(item)).send().await.unwrap();
    app.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(second.sign_in(&app).await.status, 200);
    assert_refused(&owner.passkey.sign_in(&app).await, "passkey_unknown");
    assert_eq!(super::listed(&owner.client).await.len(), 2);
}
