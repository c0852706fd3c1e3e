//! `POST /v1/users/me/passkeys/options` and `/v1/users/me/passkeys`: accounts with an authenticator app get passkeys.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::passkey::{PASSKEYS, creation_options};
use tests::{Client, Passkey, Response, TestApp};

use super::{FACTORS, Owner, assert_invalid, events, listed, notices, with_app};
use crate::{SESSIONS, assert_alive, fields};

async fn add(client: &Client, credential: &Value) -> Response {
    client.post(PASSKEYS, json!({ "credential": credential })).await
}

#[tokio::test]
async fn a_passkey_is_added_with_its_name_and_ends_no_session() {
    let app = TestApp::init().await;
    let (client, phone) = with_app(&app).await;
    let other = app.sign_in(&client.username).await;
    let options = creation_options(&client).await;
    assert_eq!((options.status, options.header("cache-control")), (200, "no-store"), "{}", options.body);
    let options = options.json();
    let public_key = &options["public_key"];
    assert_eq!(
        (&public_key["rp"]["id"], &public_key["user"]["name"]),
        (&json!("example.com"), &json!(client.username))
    );
    assert_eq!(public_key["excludeCredentials"].as_array().map_or(0, Vec::len), 0, "{public_key}");
    let (passkey, credential) = Passkey::make(&options);
    assert_eq!(passkey.user, client.id.to_bytes());
    let added = client.post(PASSKEYS, json!({ "credential": credential, "name": "Laptop" })).await;
    assert_eq!(added.status, 201, "{}", added.body);
    let body = added.json();
    assert_eq!((&body["kind"], &body["name"]), (&json!("passkey"), &json!("Laptop")));
    assert_eq!(added.header("location"), format!("{FACTORS}/{}", body["id"].as_str().unwrap()));
    let event = events(&added, "factor_added");
    assert_eq!((event.len(), &event[0]["user"], &event[0]["factor"]), (1, &json!(client.id), &body["id"]));
    assert_eq!(notices(&app, "passkey_added"), 1);
    assert_alive(&other).await;
    let factors = listed(&client).await;
    assert_eq!((factors.len(), &factors[0]["id"], &factors[1]), (2, &json!(phone.id), &body));
    assert_eq!((&factors[0]["kind"], &factors[0]["name"]), (&json!("totp"), &Value::Null));
    // The browser is told not to make another one there.
    let options = creation_options(&client).await.json();
    assert_eq!(options["public_key"]["excludeCredentials"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_passkey_needs_no_name() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    assert_eq!(listed(&owner.client).await[1]["name"], Value::Null);
}

#[tokio::test]
async fn an_account_without_an_app_gets_no_passkey() {
    let app = TestApp::init().await;
    let user = app.user().await;
    assert!(creation_options(&user).await.is(409, "no_factor"));
    assert!(add(&user, &json!({})).await.is(409, "no_factor"));
}

#[tokio::test]
async fn a_passkey_takes_a_recent_authentication() {
    let app = TestApp::init().await;
    let (client, _) = with_app(&app).await;
    let (_, credential) = Passkey::make(&creation_options(&client).await.json());
    app.clock.advance(SignedDuration::from_secs(301));
    assert!(creation_options(&client).await.is(401, "reauthentication_required"));
    assert!(add(&client, &credential).await.is(401, "reauthentication_required"));
    assert!(creation_options(&app.anon()).await.is(403, "token_missing"));
}

#[tokio::test]
async fn every_wrong_part_of_a_new_passkey_is_refused() {
    let app = TestApp::init().await;
    let (client, _) = with_app(&app).await;
    let options = creation_options(&client).await.json();
    let changed = |change: fn(&mut tests::passkey::authenticator::Answer)| Passkey::make_with(&options, change).1;
    for credential in [
        json!({}),
        json!({ "id": "x", "rawId": "x", "type": "public-key", "response": {} }),
        changed(|answer| answer.origin = "https://example.com"),
        changed(|answer| answer.origin = "https://app.example.org"),
        changed(|answer| answer.rp_id = "app.example.com"),
        changed(|answer| answer.ceremony = "webauthn.get"),
        changed(|answer| answer.challenge = b"the challenge".to_vec()),
        changed(|answer| answer.frame = r#","crossOrigin":true"#),
        changed(|answer| answer.flags = tests::passkey::authenticator::PRESENT),
    ] {
        assert_invalid(&add(&client, &credential).await, "credential");
        app.clock.advance(SignedDuration::from_secs(1));
    }
    assert_eq!(listed(&client).await.len(), 1);
}

#[tokio::test]
async fn the_body_has_an_object_and_perhaps_a_name() {
    let app = TestApp::init().await;
    let (client, _) = with_app(&app).await;
    for (body, wrong) in [
        (json!({ "credential": "text" }), "credential"),
        (json!({ "name": "Laptop" }), "credential"),
        (json!({ "credential": {}, "name": "" }), "name"),
        (json!({ "credential": {}, "name": "x".repeat(51) }), "name"),
        (json!({ "credential": { "x": "x".repeat(33_000) } }), "credential"),
    ] {
        assert_eq!(fields(&client.post(PASSKEYS, body.clone()).await), [wrong]);
    }
}

#[tokio::test]
async fn a_challenge_is_good_for_one_user_five_minutes_and_one_passkey() {
    let app = TestApp::init().await;
    let ((client, _), (other, _)) = (with_app(&app).await, with_app(&app).await);
    let options = creation_options(&client).await.json();
    let (_, credential) = Passkey::make(&options);
    assert_invalid(&add(&other, &credential).await, "credential");
    assert_eq!(add(&client, &credential).await.status, 201);
    assert_invalid(&add(&client, &credential).await, "credential");
    assert_invalid(&add(&client, &Passkey::make(&options).1).await, "credential");
    // A challenge of a sign-in is none of a registration.
    let sign_in = tests::passkey::request_options(&app).await;
    let swapped = |answer: &mut tests::passkey::authenticator::Answer| {
        answer.challenge = decoded(&sign_in["public_key"]["challenge"]);
    };
    assert_invalid(&add(&client, &Passkey::make_with(&options, swapped).1).await, "credential");
    let (_, late) = Passkey::make(&creation_options(&other).await.json());
    app.clock.advance(SignedDuration::from_mins(5));
    let other = app.sign_in(&other.username).await;
    assert_invalid(&add(&other, &late).await, "credential");
}

fn decoded(text: &Value) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_response_twice_at_once_makes_one_passkey() {
    let app = TestApp::init().await;
    let (client, _) = with_app(&app).await;
    let (_, credential) = Passkey::make(&creation_options(&client).await.json());
    let (one, other) = tokio::join!(add(&client, &credential), add(&client, &credential));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 422], "{} {}", one.body, other.body);
    assert_eq!(listed(&client).await.len(), 2);
}

#[tokio::test]
async fn a_passkey_that_the_account_has_is_refused() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let options = creation_options(&owner.client).await.json();
    let id = owner.passkey.id.clone();
    let (_, again) = Passkey::make_with(&options, |answer| answer.id = id);
    assert_invalid(&add(&owner.client, &again).await, "credential");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_account_has_at_most_nine_passkeys() {
    let app = TestApp::init().await;
    let (client, _) = with_app(&app).await;
    for _ in 0..7 {
        Passkey::add(&client).await;
    }
    let options = [creation_options(&client).await.json(), creation_options(&client).await.json()];
    let third = Passkey::make(&creation_options(&client).await.json()).1;
    let [one, other] = options.map(|options| Passkey::make(&options).1);
    let (one, other, third) = tokio::join!(add(&client, &one), add(&client, &other), add(&client, &third));
    let mut statuses = [one.status, other.status, third.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 201, 409], "{} {} {}", one.body, other.body, third.body);
    assert!([one, other, third].iter().any(|response| response.is(409, "too_many_factors")));
    assert_eq!(listed(&client).await.len(), 10);
    app.clock.advance(SignedDuration::from_hours(1));
    let client = app.sign_in(&client.username).await;
    assert!(creation_options(&client).await.is(409, "too_many_factors"));
}

#[tokio::test]
async fn who_signed_out_everywhere_meanwhile_adds_nothing() {
    let app = TestApp::init().await;
    let (client, _) = with_app(&app).await;
    let (_, credential) = Passkey::make(&creation_options(&client).await.json());
    assert_eq!(client.delete(SESSIONS).await.status, 204);
    assert!(add(&client, &credential).await.is(401, "token_invalid"));
}
