//! Recovery codes: ten, each of which stands in for one code of the app.

use http::Method;
use jiff::SignedDuration;
use serde_json::json;
use tests::authenticator::recovery_codes;
use tests::{Client, Response, TestApp};

use super::{
    FACTORS, NO_RECOVERY_CODE, Owner, RECOVERY_CODES, assert_wrong, events, give_recovery_code, notices, refusal,
};

async fn renew(client: &Client) -> Response {
    client.send(Method::POST, RECOVERY_CODES, None).await
}

/// The number of codes that were not used.
async fn left(client: &Client) -> u64 {
    client.get(FACTORS).await.json()["recovery_codes"].as_u64().unwrap()
}

#[track_caller]
fn assert_ten(codes: &[String]) {
    let groups = |code: &String| code.split('-').map(str::len).collect::<Vec<_>>();
    assert!(codes.iter().all(|code| groups(code) == [4, 4, 4, 4, 4, 3]), "{codes:?}");
    let mut different = codes.to_vec();
    different.sort();
    different.dedup();
    assert_eq!(different.len(), 10);
}

#[tokio::test]
async fn recovery_codes_work_once_each() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    assert_ten(&owner.recovery_codes);
    for (used, code) in owner.recovery_codes.iter().enumerate() {
        // People type them in lower case, and without dashes.
        let typed = match used % 3 {
            0 => code.clone(),
            1 => code.to_lowercase().replace('-', " "),
            _ => code.replace('-', ""),
        };
        let response = owner.recover(&app, &typed).await;
        assert_eq!(response.status, 200, "{}", response.body);
        let claims = tests::Forge::claims(response.json()["access_token"].as_str().unwrap());
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!("mfa"), &json!(["pwd", "otp", "mfa"])));
        assert_eq!(left(&owner.client).await, 9 - used as u64);
        assert_eq!(notices(&app, "recovery_code_used"), used + 1, "each use is mailed");
    }
    for code in [&owner.recovery_codes[0], &owner.recovery_codes[9]] {
        let again = owner.recover(&app, code).await;
        assert_wrong(&again, "recovery_code");
        assert_eq!(refusal(&again).2, "recovery_code");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_recovery_code_twice_at_once_signs_in_once() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let (one, other) = (owner.challenge(&app).await, owner.challenge(&app).await);
    let code = &owner.recovery_codes[0];
    let (one, other) = tokio::join!(give_recovery_code(&app, &one, code), give_recovery_code(&app, &other, code));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422], "{} {}", one.body, other.body);
    assert_eq!(left(&owner.client).await, 9);
}

#[tokio::test]
async fn a_recovery_code_belongs_to_one_user() {
    let app = TestApp::init().await;
    let (owner, other) = (Owner::new(&app).await, Owner::new(&app).await);
    assert_wrong(&owner.recover(&app, &other.recovery_codes[0]).await, "recovery_code");
    assert_wrong(&owner.recover(&app, NO_RECOVERY_CODE).await, "recovery_code");
    assert_eq!(other.recover(&app, &other.recovery_codes[0]).await.status, 200);
}

#[tokio::test]
async fn new_recovery_codes_replace_the_old_ones() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    assert_eq!(owner.recover(&app, &owner.recovery_codes[0]).await.status, 200);
    let renewed = renew(&owner.client).await;
    let new = recovery_codes(&renewed);
    assert_ten(&new);
    assert_eq!((renewed.status, renewed.header("location")), (201, FACTORS));
    assert!(new.iter().all(|code| !owner.recovery_codes.contains(code)));
    assert_eq!(renewed.header("cache-control"), "no-store");
    let events = events(&renewed, "recovery_codes_renewed");
    assert_eq!((events.len(), &events[0]["user"]), (1, &json!(owner.client.id)));
    assert_eq!(left(&owner.client).await, 10);
    assert_wrong(&owner.recover(&app, &owner.recovery_codes[1]).await, "recovery_code");
    assert_eq!(owner.recover(&app, &new[0]).await.status, 200);
}

#[tokio::test]
async fn new_recovery_codes_need_a_factor_and_a_recent_authentication() {
    let app = TestApp::init().await;
    let (owner, user) = (Owner::new(&app).await, app.user().await);
    assert!(renew(&app.anon()).await.is(403, "token_missing"));
    let refused = renew(&user).await;
    assert!(refused.is(409, "no_factor"), "{} {}", refused.status, refused.body);
    app.clock.advance(SignedDuration::from_secs(301));
    assert!(renew(&owner.client).await.is(401, "reauthentication_required"));
    assert_eq!(left(&owner.client).await, 10);
    assert_eq!(recovery_codes(&renew(&owner.stepped_up().await).await).len(), 10);
}

#[tokio::test]
async fn neither_codes_nor_secrets_are_stored_as_text() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let challenge = owner.challenge(&app).await;
    let secret = challenge.split_once('.').unwrap().1;
    let stored = format!("{:?} {:?}", app.items("factors").await, app.items("users").await);
    assert!(!stored.contains(secret));
    for code in &owner.recovery_codes {
        assert!(!stored.contains(code.as_str()) && !stored.contains(&code.replace('-', "")));
    }
}
