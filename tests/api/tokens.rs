use auth::Roles;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::json;
use tests::{Fault, Forge, PASSWORD, TestApp};

const TOKEN: &str = "/v1/auth/token";
const REFRESH: &str = "/v1/auth/token/refresh";
const REVOKE: &str = "/v1/auth/token/revoke";

#[tokio::test]
async fn unknown_inactive_and_wrong_password_look_alike() {
    let app = TestApp::init().await;
    app.create_user("ada", "ada@example.com", Roles::default()).await;
    let gone = app.create_user("gone", "gone@example.com", Roles::default()).await;
    app.set("users", ("id", &gone.to_string()), "is_active", AttributeValue::Bool(false)).await;
    let mut bodies = Vec::new();
    for (username, password) in [("ada", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD), ("no\u{212a}ody", "x")] {
        let response = app.anon().post(TOKEN, json!({ "username": username, "password": password })).await;
        assert!(response.is(401, "credentials_invalid"), "{}", response.body);
        assert_eq!(response.header("www-authenticate"), "Bearer");
        let mut body = response.json();
        body["request_id"].take();
        bodies.push(body);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
}

#[tokio::test]
async fn a_token_response_has_the_contracts_members() {
    let app = TestApp::init().await;
    app.create_user("ada", "ada@example.com", Roles { is_staff: true, is_superuser: false }).await;
    let response = app.anon().post(TOKEN, json!({ "username": "ada", "password": PASSWORD })).await.json();
    assert_eq!((&response["token_type"], &response["expires_in"]), (&json!("bearer"), &json!(900)));
    assert_eq!(response["refresh_token"].as_str().unwrap().split('.').count(), 3);
    let claims = Forge::claims(response["access_token"].as_str().unwrap());
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!("test"), &json!("test-api")));
    assert_eq!((&claims["is_staff"], &claims["is_superuser"]), (&json!(true), &json!(false)));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);
}

#[tokio::test]
async fn a_refresh_token_works_once_and_its_successor_works() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let first = user.post(REFRESH, json!({ "refresh_token": user.refresh_token })).await;
    assert_eq!(first.status, 200, "{}", first.body);
    let renewed = user.with_token(first.json()["access_token"].as_str().unwrap());
    assert_eq!(renewed.get("/v1/users/me").await.status, 200);
    app.clock.advance(SignedDuration::from_secs(11));
    let second = user.post(REFRESH, json!({ "refresh_token": first.json()["refresh_token"] })).await;
    assert_eq!(second.status, 200, "{}", second.body);
    let again = user.post(REFRESH, json!({ "refresh_token": user.refresh_token })).await;
    assert!(again.is(401, "token_invalid"), "{}", again.body);
}

#[tokio::test]
async fn a_refreshed_token_has_the_roles_of_the_moment() {
    let app = TestApp::init().await;
    let user = app.user().await;
    app.set("users", ("id", &user.id.to_string()), "is_staff", AttributeValue::Bool(true)).await;
    let response = user.get("/v1/users").await;
    assert!(response.is(403, "staff_required"), "the old token does not have the role: {}", response.body);
    let refreshed = user.post(REFRESH, json!({ "refresh_token": user.refresh_token })).await.json();
    let promoted = user.with_token(refreshed["access_token"].as_str().unwrap());
    assert_eq!(promoted.get("/v1/users").await.status, 200);
}

#[tokio::test]
async fn only_the_right_token_ends_the_session_and_the_response_never_tells() {
    let app = TestApp::init().await;
    let (alice, bob) = (app.user().await, app.user().await);
    let part = |token: &str, at: usize| token.split('.').nth(at).unwrap().to_owned();
    let (sid, family) = (part(&alice.refresh_token, 0), part(&alice.refresh_token, 1));
    let wrong_secret = format!("{sid}.{family}.{}", part(&bob.refresh_token, 2));
    let wrong_family = format!("{sid}.{}.{}", part(&bob.refresh_token, 1), part(&alice.refresh_token, 2));
    for token in ["", "garbage", &wrong_secret, &wrong_family] {
        assert_eq!(alice.post(REVOKE, json!({ "refresh_token": token })).await.status, 204);
    }
    let refreshed = alice.post(REFRESH, json!({ "refresh_token": alice.refresh_token })).await;
    assert_eq!(refreshed.status, 200, "the session still works: {}", refreshed.body);
    let successor = refreshed.json()["refresh_token"].clone();
    for _ in 0..2 {
        assert_eq!(alice.post(REVOKE, json!({ "refresh_token": successor })).await.status, 204);
    }
    assert!(alice.get("/v1/users/me").await.is(401, "token_invalid"));
    assert!(alice.post(REFRESH, json!({ "refresh_token": successor })).await.is(401, "token_invalid"));
    assert_eq!(bob.get("/v1/users/me").await.status, 200);
}

#[tokio::test]
async fn the_right_session_with_a_wrong_family_is_refused_and_the_session_lives() {
    let app = TestApp::init().await;
    let (alice, bob) = (app.user().await, app.user().await);
    let parts: Vec<&str> = alice.refresh_token.split('.').collect();
    let foreign = bob.refresh_token.split('.').nth(1).unwrap();
    let token = format!("{}.{foreign}.{}", parts[0], parts[2]);
    assert!(alice.post(REFRESH, json!({ "refresh_token": token })).await.is(401, "token_invalid"));
    assert_eq!(alice.post(REFRESH, json!({ "refresh_token": alice.refresh_token })).await.status, 200);
}

#[tokio::test]
async fn a_deactivated_users_sessions_stay_dead() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let key = user.id.to_string();
    app.set("users", ("id", &key), "is_active", AttributeValue::Bool(false)).await;
    assert!(user.get("/v1/users/me").await.is(401, "token_invalid"));
    assert!(user.post(REFRESH, json!({ "refresh_token": user.refresh_token })).await.is(401, "token_invalid"));
    // A reactivation raises the epoch, as a deactivation does.
    app.set("users", ("id", &key), "epoch", AttributeValue::N("1".to_owned())).await;
    app.set("users", ("id", &key), "is_active", AttributeValue::Bool(true)).await;
    assert!(user.get("/v1/users/me").await.is(401, "token_invalid"));
    assert!(user.post(REFRESH, json!({ "refresh_token": user.refresh_token })).await.is(401, "token_invalid"));
    assert_eq!(app.sign_in(&user.username).await.get("/v1/users/me").await.status, 200);
}

#[tokio::test]
async fn an_outdated_hash_is_renewed_at_sign_in() {
    let app = TestApp::init().await;
    let id = app.create_user("ada", "ada@example.com", Roles::default()).await.to_string();
    // The hash of "seven-wandering-otters": argon2id with 8 MiB and one pass.
    let old = "$argon2id$v=19$m=8192,t=1,p=1$eHu/mNGjz7iwDFNNSU98XA$VBMTZg6oyAT8oZ6PfflDgdHv1Srf76jIUJjzle2HUHg";
    app.set("users", ("id", &id), "password_hash", AttributeValue::S(old.to_owned())).await;
    app.sign_in("ada").await;
    let users = app.items("users").await;
    let renewed = users[0]["password_hash"].as_s().unwrap();
    assert!(renewed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{renewed}");
    app.sign_in("ada").await;
}

#[tokio::test]
async fn a_rotation_whose_response_is_lost_on_the_way_still_gives_tokens() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let mut lost = false;
    app.dynamo.fault(move |call| {
        let first = call.is("UpdateItem", "sessions") && !std::mem::replace(&mut lost, true);
        first.then_some(Fault::LoseResponse)
    });
    let refreshed = user.post(REFRESH, json!({ "refresh_token": user.refresh_token })).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.body);
    let again = user.post(REFRESH, json!({ "refresh_token": refreshed.json()["refresh_token"] })).await;
    assert_eq!(again.status, 200, "{}", again.body);
}

#[tokio::test]
async fn a_refresh_that_cannot_be_signed_costs_no_session() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let seed = std::fs::read(&app.seed_file).unwrap();
    std::fs::write(&app.seed_file, "").unwrap();
    app.clock.advance(SignedDuration::from_mins(6));
    let refused = user.post(REFRESH, json!({ "refresh_token": user.refresh_token })).await;
    assert!(refused.is(503, "unavailable"), "{}", refused.body);
    std::fs::write(&app.seed_file, seed).unwrap();
    assert_eq!(user.post(REFRESH, json!({ "refresh_token": user.refresh_token })).await.status, 200);
}

#[tokio::test]
async fn malformed_refresh_tokens_share_no_bucket() {
    let app = TestApp::init().await;
    for _ in 0..40 {
        let response = app.anon().post(REFRESH, json!({ "refresh_token": "garbage" })).await;
        assert!(response.is(401, "token_invalid"), "{}", response.body);
    }
}
