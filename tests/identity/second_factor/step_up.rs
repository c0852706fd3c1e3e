//! Another authentication of an account with a factor, and what it is needed for.

use jiff::SignedDuration;
use serde_json::json;
use tests::{PASSWORD, Response, SEALING_KEYS, TestApp};

use super::{Owner, assert_wrong, claims, events, give, give_recovery_code, notices};
use crate::{
    CHANGE, ERASE, ME, NEW, REAUTHENTICATE, SESSIONS, assert_alive, confirm, email_of, fields, refreshed, reset_token,
    sign_in,
};

/// Longer than an authentication is recent.
const LONG: SignedDuration = SignedDuration::from_secs(301);

#[track_caller]
fn assert_step_up(response: &Response) {
    assert!(response.is(401, "reauthentication_required"), "{} {}", response.status, response.body);
    let challenge = response.header("www-authenticate");
    assert!(challenge.starts_with(r#"Bearer error="insufficient_user_authentication""#), "{challenge}");
}

#[tokio::test]
async fn an_account_with_a_factor_steps_up_with_a_code_and_not_with_the_password() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let other = app.sign_in(&owner.client.username).await;
    let path = format!("{SESSIONS}/{}", claims(&other)["sid"].as_str().unwrap());
    app.clock.advance(LONG);
    assert_step_up(&owner.client.delete(&path).await);
    // Right and wrong passwords are refused alike.
    for password in [PASSWORD, "not-the-password"] {
        let refused = owner.again("password", password).await;
        assert!(refused.is(401, "second_factor_required"), "{} {}", refused.status, refused.body);
        assert!(refused.json()["challenge"].is_null(), "that is for a sign-in");
    }
    assert_step_up(&owner.client.delete(&path).await);
    let again = owner.stepped_up().await;
    let (before, after) = (claims(&owner.client), claims(&again));
    assert_eq!((&after["acr"], &after["amr"]), (&json!("mfa"), &before["amr"]));
    assert_eq!((&after["sid"], &after["auth_time"]), (&before["sid"], &after["iat"]));
    assert_eq!(again.delete(&path).await.status, 204);
}

#[tokio::test]
async fn a_recovery_code_steps_up_once() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let response = owner.again("recovery_code", &owner.recovery_codes[0]).await;
    assert_eq!(response.status, 200, "{}", response.body);
    assert_eq!(notices(&app, "recovery_code_used"), 1);
    assert_wrong(&owner.again("recovery_code", &owner.recovery_codes[0]).await, "recovery_code");
}

#[tokio::test]
async fn a_code_that_stepped_up_signs_nobody_in() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    owner.stepped_up().await;
    assert_wrong(&give(&app, &owner.challenge(&app).await, &owner.phone.code()).await, "code");
}

#[tokio::test]
async fn a_refreshed_token_is_never_stepped_up() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let path = format!("{SESSIONS}/{}", claims(&owner.client)["sid"].as_str().unwrap());
    app.clock.advance(LONG);
    owner.stepped_up().await;
    let refreshed = refreshed(&owner.client).await;
    assert_eq!(claims(&refreshed)["acr"], "mfa", "the session began with both factors");
    assert_step_up(&refreshed.delete(&path).await);
}

#[tokio::test]
async fn a_code_of_an_account_without_a_factor_is_wrong() {
    let app = TestApp::init().await;
    let user = app.user().await;
    for (field, value) in [("code", "123456"), ("recovery_code", super::NO_RECOVERY_CODE)] {
        assert_wrong(&user.post(REAUTHENTICATE, json!({ field: value })).await, field);
    }
    assert_eq!(user.post(REAUTHENTICATE, json!({ "password": PASSWORD })).await.status, 200);
}

#[tokio::test]
async fn password_changes_of_an_account_with_a_factor_take_a_recent_authentication() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    app.clock.advance(LONG);
    let change = json!({ "current_password": PASSWORD, "new_password": NEW });
    let email = json!({ "email": "new@example.com", "current_password": PASSWORD });
    let username = json!({ "username": "countess", "current_password": PASSWORD });
    for response in [
        owner.client.post(CHANGE, change.clone()).await,
        owner.client.patch(ME, email).await,
        owner.client.patch(ME, username).await,
        owner.client.post(ERASE, json!({ "password": PASSWORD })).await,
    ] {
        assert_step_up(&response);
        assert!(response.header("www-authenticate").contains(r#"acr_values="mfa""#), "a password is no help");
    }
    app.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(owner.client.patch(ME, json!({ "first_name": "Ada" })).await.status, 200);
    // A recent authentication alone does not do it either.
    let again = owner.stepped_up().await;
    let wrong = json!({ "current_password": "not-the-password", "new_password": NEW });
    assert_eq!(fields(&again.post(CHANGE, wrong).await), ["current_password"]);
    assert_eq!(again.post(CHANGE, change).await.status, 204);
    assert!(sign_in(&app, &owner.client.username, NEW).await.is(401, "second_factor_required"));
}

#[tokio::test]
async fn a_password_reset_keeps_the_factor() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let token = reset_token(&app, &email_of(&owner.client)).await;
    assert_eq!(confirm(&app, &token, NEW).await.status, 204);
    let asked = sign_in(&app, &owner.client.username, NEW).await;
    assert!(asked.is(401, "second_factor_required"), "{} {}", asked.status, asked.body);
    let challenge = asked.json()["challenge"].as_str().unwrap().to_owned();
    let response = give(&app, &challenge, &owner.phone.next_code()).await;
    assert_alive(&crate::with_tokens(&app.anon(), &response)).await;
}

#[tokio::test]
async fn a_missing_sealing_key_is_unavailable_and_not_a_wrong_code() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let file = app.sealing_keys_file();
    let another = SEALING_KEYS.replace(r#""1""#, r#""2""#);
    for keys in [Some(another.as_str()), Some("{}"), Some("no keys"), None] {
        match keys {
            Some(text) => std::fs::write(&file, text).unwrap(),
            None => std::fs::remove_file(&file).unwrap(),
        }
        // The other process has no keys in hand.
        let process = app.second_process();
        let challenge = owner.challenge(&app).await;
        let refused = give(&process, &challenge, &owner.phone.next_code()).await;
        assert!(refused.is(503, "unavailable"), "{keys:?}: {} {}", refused.status, refused.body);
        assert!(!refused.header("retry-after").is_empty());
        assert!(events(&refused, "code_refused").is_empty(), "{keys:?}");
        std::fs::write(&file, SEALING_KEYS).unwrap();
        let response = give(&process, &challenge, &owner.phone.next_code()).await;
        assert_eq!(response.status, 200, "{keys:?}: {}", response.body);
    }
}

#[tokio::test]
async fn a_sign_in_with_a_recovery_code_needs_no_sealing_key() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    std::fs::remove_file(app.sealing_keys_file()).unwrap();
    let process = app.second_process();
    let response = give_recovery_code(&process, &owner.challenge(&app).await, &owner.recovery_codes[0]).await;
    assert_eq!(response.status, 200, "{}", response.body);
}

#[tokio::test]
async fn a_new_sealing_key_leaves_old_factors_good() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let added = SEALING_KEYS.replace('}', &format!(r#","2":"{}"}}"#, "07".repeat(32)));
    std::fs::write(app.sealing_keys_file(), added).unwrap();
    app.clock.advance(SignedDuration::from_mins(2));
    let later = Owner::new(&app).await;
    let items = app.items("factors").await;
    let keys = items.iter().filter_map(|item| Some(item.get("sealing_key")?.as_n().unwrap().as_str()));
    let mut keys: Vec<&str> = keys.collect();
    keys.sort_unstable();
    assert_eq!(keys, ["1", "2"]);
    for owner in [&owner, &later] {
        let challenge = owner.challenge(&app).await;
        let response = give(&app.second_process(), &challenge, &owner.phone.next_code()).await;
        assert_eq!(response.status, 200, "{}", response.body);
    }
}
