//! `DELETE /v1/users/me/factors/{factor_id}` of passkeys, and of the app that they need.

use serde_json::json;
use tests::passkey::{creation_options, give_passkey};
use tests::{Client, PASSWORD, Passkey, Response, TestApp};

use super::{FACTORS, Owner, assert_refused, events, listed, notices};
use crate::{assert_alive, assert_dead};

async fn remove(client: &Client, id: &str) -> Response {
    client.delete(&format!("{FACTORS}/{id}")).await
}

#[tokio::test]
async fn removing_a_passkey_ends_all_sessions_and_the_passkey() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let second = Passkey::add(&owner.client).await;
    let signed_in = crate::with_tokens(&app.anon(), &owner.passkey.sign_in(&app).await);
    let response = owner.passkey.response(&app).await;
    let removed = remove(&owner.client, &owner.passkey.factor).await;
    assert_eq!((removed.status, removed.body.as_str()), (204, ""));
    let event = events(&removed, "factor_removed");
    assert_eq!((event.len(), &event[0]["factor"]), (1, &json!(owner.passkey.factor)));
    assert_eq!(notices(&app, "passkey_removed"), 1);
    assert_dead(&owner.client).await;
    assert_dead(&signed_in).await;
    assert_refused(&give_passkey(&app, response).await, "passkey_unknown");
    let after = crate::with_tokens(&owner.client, &second.sign_in(&app).await);
    assert_eq!(listed(&after).await.len(), 2);
    // What is gone, or was never there, ends nothing and is not told.
    for id in [owner.passkey.factor.as_str(), "01976b2c-8d3e-7a41-9c5f-2e8b7d6a4f10"] {
        let again = remove(&after, id).await;
        assert_eq!((again.status, events(&again, "factor_removed").len()), (204, 0));
    }
    assert_eq!(notices(&app, "passkey_removed"), 1);
    assert_alive(&after).await;
}

#[tokio::test]
async fn the_app_goes_after_the_passkeys() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let refused = remove(&owner.client, &owner.phone.id).await;
    assert!(refused.is(409, "passkeys_exist"), "{} {}", refused.status, refused.body);
    assert_alive(&owner.client).await;
    assert_eq!(remove(&owner.client, &owner.passkey.factor).await.status, 204);
    let client = app.sign_in(&owner.client.username).await;
    assert_eq!(remove(&client, &owner.phone.id).await.status, 204);
    let credentials = json!({ "username": client.username, "password": PASSWORD });
    let signed_in = app.anon().post("/v1/auth/token", credentials).await;
    let client = app.anon().signed_in(&client.username, &signed_in);
    assert_eq!(client.get(FACTORS).await.json(), json!({ "factors": [], "recovery_codes": 0 }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_passkey_that_is_added_while_the_app_is_removed_never_stays_alone() {
    let app = TestApp::init().await;
    for _ in 0..4 {
        let (client, phone) = super::with_app(&app).await;
        let (_, credential) = Passkey::make(&creation_options(&client).await.json());
        let body = json!({ "credential": credential });
        let (added, removed) = tokio::join!(client.post(tests::passkey::PASSKEYS, body), remove(&client, &phone.id));
        match (added.status, removed.status) {
            (201, 401 | 409) | (401 | 409, 204) => {}
            (added, removed) => panic!("{added} {removed}"),
        }
        let id = client.id.to_string();
        let users = app.items("users").await;
        let user = users.iter().find(|item| item["id"].as_s() == Ok(&id)).unwrap();
        let rows = app.items("factors").await;
        let passkeys = rows.iter().filter(|row| {
            row["user_id"].as_s() == Ok(&id) && row["id"].as_s().is_ok_and(|id| id.starts_with("passkey:"))
        });
        assert_eq!(passkeys.count(), usize::from(user.contains_key("totp")));
    }
}

#[tokio::test]
async fn nobody_removes_the_passkey_of_another() {
    let app = TestApp::init().await;
    let (owner, other) = (Owner::new(&app).await, Owner::new(&app).await);
    assert_eq!(remove(&other.client, &owner.passkey.factor).await.status, 204);
    assert_eq!(owner.passkey.sign_in(&app).await.status, 200);
    assert_alive(&other.client).await;
}

#[tokio::test]
async fn a_reset_by_the_operator_removes_app_and_passkeys() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let second = Passkey::add(&owner.client).await;
    let removed = app.part::<identity::Factors>().reset(&app.act(), owner.client.id).await.unwrap();
    assert_eq!(removed.value, Some(3));
    assert_dead(&owner.client).await;
    assert_refused(&second.sign_in(&app).await, "passkey_unknown");
    let rows = app.items("factors").await;
    assert!(rows.iter().all(|row| !row["id"].as_s().unwrap().starts_with("passkey:")), "{rows:?}");
}
