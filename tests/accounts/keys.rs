//! Rotating and revoking signing keys.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

use auth::{Clock, KeyId, OsEntropy, SigningKey, SigningSeed};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::{Issuer, SigningKeys};
use serde_json::{Value, json};
use tests::{Client, Forge, PASSWORD, SEED, TestApp};

use crate::{ME, seconds, sign_in};

fn kid_of(token: &str) -> String {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
}

fn key_id(seed: &str) -> KeyId {
    SigningKey::new(&SigningSeed::parse(seed).unwrap()).unwrap().public().id().clone()
}

async fn published(app: &TestApp) -> Vec<String> {
    let jwks = app.anon().get("/.well-known/jwks.json").await;
    assert_eq!(jwks.status, 200, "{}", jwks.body);
    jwks.json()["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

async fn rotate(app: &TestApp) -> String {
    app.part::<Issuer>().rotate(&OsEntropy).await.unwrap().to_string()
}

async fn revoke(app: &TestApp, kid: &KeyId) -> bool {
    app.part::<SigningKeys>().revoke(&app.act(), kid, app.clock.now()).await.unwrap().value
}

async fn status(process: &TestApp, token: &str) -> u16 {
    process.anon().with_token(token).get(ME).await.status
}

/// Exchanges the refresh token of `user` at `process`. Returns the new access token.
async fn renew(process: &TestApp, user: &mut Client) -> String {
    let body = json!({ "refresh_token": user.refresh_token });
    let response = process.anon().post("/v1/auth/token/refresh", body).await;
    assert_eq!(response.status, 200, "{}", response.body);
    let text = |name: &str| response.json()[name].as_str().unwrap().to_owned();
    user.refresh_token = text("refresh_token");
    text("access_token")
}

/// Uses the newest token at both processes, one of which did not sign it, and the oldest valid token at one of them.
async fn check([one, other]: [&TestApp; 2], live: &[String], step: i64) -> usize {
    let (oldest, newest) = (live.first().unwrap(), live.last().unwrap());
    for (process, token) in [(one, newest), (other, newest), (other, oldest)] {
        let response = process.anon().with_token(token).get(ME).await;
        assert_eq!(response.status, 200, "step {step}, kid {}: {}", kid_of(token), response.body);
    }
    3
}

#[tokio::test]
async fn the_drill_refuses_no_valid_token() {
    const STEP: i64 = 8;
    let (app, mut checked) = (TestApp::init().await, 0);
    let second = app.second_process();
    let mut user = app.user().await;
    let (mut live, mut kids) = (vec![user.token.clone().unwrap()], BTreeSet::new());
    let mut expected = BTreeSet::from([Forge::new(SEED).kid().to_owned()]);
    for step in 1..=40 * 60 / STEP {
        seconds(&app, STEP);
        // Either process rotates the key, and does not tell the other one.
        match step {
            75 => _ = expected.insert(rotate(&app).await),
            172 => _ = expected.insert(rotate(&second).await),
            _ => {}
        }
        let turn = if step % 2 == 0 { [&app, &second] } else { [&second, &app] };
        live.push(renew(turn[0], &mut user).await);
        kids.insert(kid_of(live.last().unwrap()));
        let now = app.clock.now().as_second();
        live.retain(|token| Forge::claims(token)["exp"].as_i64().unwrap() > now);
        checked += check(turn, &live, step).await;
    }
    assert_eq!(kids, expected, "all three keys were used");
    assert_eq!((kids.len(), checked), (3, 900));
}

#[tokio::test]
async fn the_rotation_function_overwrites_the_seed() {
    let app = TestApp::init().await;
    let user = app.user().await;
    app.dynamo.take_calls();
    api::run_task::<catalogue::KeyRotate>(&app.context, &tests::permit()).await.unwrap();
    assert!(app.dynamo.take_calls().is_empty(), "only signers publish keys");
    let seed = std::fs::read_to_string(&app.seed_file).unwrap();
    assert!(seed.len() == 64 && seed.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f')), "no seed");
    assert_ne!(seed, SEED);
    assert_eq!(std::fs::metadata(&app.seed_file).unwrap().permissions().mode() & 0o777, 0o600);
    let beside: Vec<_> = std::fs::read_dir(app.seed_file.parent().unwrap()).unwrap().collect();
    assert!(beside.iter().all(|file| !file.as_ref().unwrap().file_name().to_string_lossy().contains(".new")));

    let new = key_id(&seed).to_string();
    assert_eq!(app.part::<Issuer>().key_id().await.unwrap().to_string(), new);
    seconds(&app, 60);
    let token = app.sign_in(&user.username).await.token.unwrap();
    assert_eq!(kid_of(&token), new);
    assert!(published(&app).await.contains(&new));
    assert_eq!((status(&app, &token).await, status(&app, user.token.as_ref().unwrap()).await), (200, 200));

    api::run_task::<catalogue::KeyRotate>(&app.context, &tests::permit()).await.unwrap();
    assert_ne!(std::fs::read_to_string(&app.seed_file).unwrap(), seed, "each rotation makes another seed");
}

#[tokio::test]
async fn a_revoked_key_is_refused_everywhere_within_a_minute() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let token = user.token.clone().unwrap();
    let second = app.second_process();
    assert_eq!((status(&app, &token).await, status(&second, &token).await), (200, 200));
    assert!(revoke(&app, &key_id(SEED)).await);
    assert_eq!(status(&app.second_process(), &token).await, 401, "in a process that had not read the key");
    assert_eq!(published(&app).await, [""; 0]);
    // Both processes keep using the key, which does not extend its lease.
    for _ in 0..44 {
        seconds(&app, 1);
        status(&app, &token).await;
        status(&second, &token).await;
    }
    // 45 s after it was revoked, 46 s, and so on.
    for pause in [1, 1, 14, 60, 600] {
        seconds(&app, pause);
        for process in [&app, &second] {
            let response = process.anon().with_token(&token).get(ME).await;
            assert!(response.is(401, "token_invalid"), "{}", response.body);
        }
    }
}

#[tokio::test]
async fn a_revoked_key_is_never_published_again() {
    let app = TestApp::init().await;
    let mut user = app.user().await;
    assert!(revoke(&app, &key_id(SEED)).await);
    assert!(revoke(&app, &key_id(SEED)).await, "the key is still stored, and revoked");
    let fresh = app.second_process();
    let response = sign_in(&fresh.anon(), &user.username, PASSWORD).await;
    assert!(response.is(503, "unavailable"), "{} {}", response.status, response.body);
    // A minute, an hour and two months later, when all leases and tokens have expired.
    for after in [60, 3600, 62 * 24 * 3600] {
        seconds(&app, after);
        let response = sign_in(&app.anon(), &user.username, PASSWORD).await;
        assert!(response.is(503, "unavailable"), "after {after} s: {} {}", response.status, response.body);
        assert!(!response.header("retry-after").is_empty());
        assert_eq!(published(&app).await, [""; 0], "after {after} s");
    }
    // Only a new seed lets users sign in again.
    let new = rotate(&app).await;
    user = app.sign_in(&user.username).await;
    assert_eq!(kid_of(user.token.as_ref().unwrap()), new);
    assert_eq!((user.get(ME).await.status, published(&app).await), (200, vec![new]));
}

#[tokio::test]
async fn a_key_that_was_revoked_before_it_was_published_never_is() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let seed = "07".repeat(32);
    assert!(!revoke(&app, &key_id(&seed)).await, "it was not published");
    // The mark is no public key, and hides none.
    assert_eq!(published(&app).await, [Forge::new(SEED).kid()]);
    let forged = {
        let forge = Forge::new(&seed);
        forge.sign(&forge.header(), &Forge::claims(user.token.as_ref().unwrap()))
    };
    assert_eq!(status(&app, &forged).await, 401);
    std::fs::write(&app.seed_file, &seed).unwrap();
    let response = sign_in(&app.second_process().anon(), &user.username, PASSWORD).await;
    assert!(response.is(503, "unavailable"), "{} {}", response.status, response.body);
    assert_eq!(published(&app).await, [Forge::new(SEED).kid()]);
}

#[tokio::test]
async fn a_public_key_stays_until_the_last_token_signed_with_it_is_dead() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let old = Forge::new(SEED).kid().to_owned();
    rotate(&app).await;
    app.clock.advance_millis(59_999);
    // The signer has not read the seed again yet: this is the last token signed with the old key.
    let last = app.sign_in(&user.username).await.token.unwrap();
    assert_eq!(kid_of(&last), old);
    let dead = Forge::claims(&last)["exp"].as_i64().unwrap() + 5;
    while app.clock.now().as_second() < dead {
        assert!(published(&app).await.contains(&old));
        assert_eq!(status(&app.second_process(), &last).await, 200, "in a process that has to read the key");
        seconds(&app, 15);
    }
    assert_eq!(status(&app, &last).await, 401);
    seconds(&app, 6 * 60);
    assert_eq!(published(&app).await, [""; 0], "no token needs the key any more");
    app.sign_in(&user.username).await;
    assert!(!published(&app).await.contains(&old));
}
