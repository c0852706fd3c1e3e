//! Rotations of the key by overwriting the seed refuse no valid token.

use auth::Clock;
use axum::body::Body;
use axum::http::Request;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tests::{Client, Fault, Forge, SEED, TestApp};

use crate::{SIGNED_IN, assert_expired};

fn kid(token: &str) -> String {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn keys_rotate_by_overwriting_the_seed() {
    let app = TestApp::init().await;
    let second = app.second_process();
    let seed = "07".repeat(32);
    let (old_kid, new_kid) = (Forge::new(SEED).kid().to_owned(), Forge::new(&seed).kid().to_owned());

    let user = app.user().await;
    let old = user.token.clone().unwrap();
    assert_eq!(kid(&old), old_kid);
    std::fs::write(&app.seed_file, &seed).unwrap();
    app.clock.advance_millis(60_000 - 1);
    let still = app.sign_in(&user.username).await;
    assert_eq!(kid(still.token.as_ref().unwrap()), old_kid, "the seed is read again after a minute");
    app.clock.advance_millis(1);
    let anew = app.sign_in(&user.username).await;
    assert_eq!(kid(anew.token.as_ref().unwrap()), new_kid);

    let mut both = vec![old_kid.clone(), new_kid.clone()];
    both.sort();
    for process in [&app, &second] {
        let anyone = process.anon();
        for token in [&old, still.token.as_ref().unwrap(), anew.token.as_ref().unwrap()] {
            let response = anyone.with_token(token).get(SIGNED_IN).await;
            assert_eq!(response.status, 200, "{}", response.body);
        }
        let jwks = anyone.get("/.well-known/jwks.json").await.json();
        let keys = jwks["keys"].as_array().unwrap();
        assert_eq!(keys.iter().map(|key| key["kid"].as_str().unwrap()).collect::<Vec<_>>(), both);
    }

    // Tokens signed with the old key work until they expire.
    app.clock.advance_millis(14 * 60_000 + 4999);
    for process in [&app, &second] {
        assert_eq!(process.anon().with_token(&old).get(SIGNED_IN).await.status, 200);
    }
    app.clock.advance_millis(1);
    for process in [&app, &second] {
        assert_expired("the old token", &process.anon().with_token(&old).get(SIGNED_IN).await);
    }
    // `iat` and `exp` are whole seconds, so the leeway ends almost a second earlier here.
    app.clock.advance_millis(60_000 - 1001);
    for process in [&app, &second] {
        let last = process.anon().with_token(still.token.as_ref().unwrap());
        assert_eq!(last.get(SIGNED_IN).await.status, 200, "signed a millisecond before the new key");
    }
    app.clock.advance_millis(6 * 60_000);
    let jwks = app.anon().get("/.well-known/jwks.json").await.json();
    assert_eq!(jwks["keys"].as_array().unwrap().len(), 1, "no token needs the old key by then");
    assert_eq!(jwks["keys"][0]["kid"], new_kid);
}

/// A verifier that keeps the public keys and asks whether they have changed.
async fn keys_since(app: &TestApp, tag: &str) -> tests::Response {
    let request = Request::get("/.well-known/jwks.json").header("if-none-match", tag);
    app.anon().request(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_new_key_is_seen_by_whoever_asks_again() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let first = keys_since(&app, r#""none""#).await;
    assert_eq!((first.status, first.header("cache-control")), (200, "no-cache"), "no cache may keep the keys");
    let unchanged = keys_since(&app, first.header("etag")).await;
    assert_eq!((unchanged.status, &*unchanged.body), (304, ""));
    assert_eq!(unchanged.header("cache-control"), "no-cache");

    std::fs::write(&app.seed_file, "07".repeat(32)).unwrap();
    app.clock.advance_millis(60_000);
    let token = app.sign_in(&user.username).await.token.unwrap();
    assert!(!first.body.contains(&kid(&token)), "{}", first.body);
    let second = keys_since(&app, first.header("etag")).await;
    assert_eq!(second.status, 200);
    assert!(second.body.contains(&kid(&token)), "{}", second.body);
    assert_eq!(keys_since(&app, second.header("etag")).await.status, 304);
}

/// Exchanges the refresh token of `user` at `app`. Returns the new access token.
async fn refresh(app: &TestApp, user: &mut Client) -> String {
    let body = json!({ "refresh_token": user.refresh_token });
    let response = app.anon().post("/v1/auth/token/refresh", body).await;
    assert_eq!(response.status, 200, "{}", response.body);
    user.refresh_token = response.json()["refresh_token"].as_str().unwrap().to_owned();
    response.json()["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn no_valid_token_is_refused_while_keys_rotate() {
    const STEP: i64 = 30;
    let app = TestApp::init().await;
    let mut user = app.user().await;
    // Two signers that read the seed at different moments, and a third process that only verifies.
    let (second, third) = (app.second_process(), app.second_process());
    let signers = [&app, &second];
    let mut live = vec![user.token.clone().unwrap()];
    let (mut kids, mut checked, mut ended) = (vec![Forge::new(SEED).kid().to_owned()], 0, 0);
    for step in 1..=40 * 60 / STEP {
        app.clock.advance_millis(STEP * 1000);
        if let Some(seed) = [(12, "07"), (43, "0a")].into_iter().find_map(|(at, seed)| (at == step).then_some(seed)) {
            std::fs::write(&app.seed_file, seed.repeat(32)).unwrap();
        }
        // The signers take turns of five minutes. They sign just after they read the seed, and just before they have to
        // read it again. Between turns the leases of their keys age.
        if matches!(step % 10, 0 | 9) {
            let token = refresh(signers[usize::try_from(step / 10 % 2).unwrap()], &mut user).await;
            kids.push(kid(&token));
            live.push(token);
        }
        let now = app.clock.now().as_second();
        let (good, over): (Vec<_>, Vec<_>) =
            live.drain(..).partition(|token| Forge::claims(token)["exp"].as_i64().unwrap() > now);
        live = good;
        for token in &live {
            let process = [&app, &second, &third][checked % 3];
            let response = process.anon().with_token(token).get(SIGNED_IN).await;
            assert_eq!(response.status, 200, "step {step}, kid {}: {}", kid(token), response.body);
            checked += 1;
        }
        // These tokens are at `exp` exactly, and still valid within the leeway.
        for token in over {
            assert_eq!(app.anon().with_token(token).get(SIGNED_IN).await.status, 200);
            ended += 1;
        }
    }
    kids.sort();
    kids.dedup();
    assert_eq!(kids.len(), 3, "all three seeds were used");
    assert!(checked > 300 && ended > 8, "{checked} checks, {ended} tokens came to their end");
}

#[tokio::test]
async fn a_seed_that_cannot_be_read_stops_no_sign_in_and_no_refresh() {
    for broken in [None, Some("no hex"), Some("")] {
        let app = TestApp::init().await;
        let mut user = app.user().await;
        // The function that refreshes has a key of its own in hand, as after its start.
        refresh(&app, &mut user).await;
        let old = Forge::new(SEED).kid().to_owned();
        match broken {
            Some(text) => std::fs::write(&app.seed_file, text).unwrap(),
            None => std::fs::remove_file(&app.seed_file).unwrap(),
        }
        // Longer than any lease that was granted before.
        for _ in 0..80 {
            app.clock.advance_millis(30_000);
            assert_eq!(kid(&refresh(&app, &mut user).await), old);
        }
        let newest = app.sign_in(&user.username).await;
        let verifier = app.second_process();
        assert_eq!(verifier.anon().with_token(newest.token.as_ref().unwrap()).get(SIGNED_IN).await.status, 200);
        let seed = "07".repeat(32);
        std::fs::write(&app.seed_file, &seed).unwrap();
        app.clock.advance_millis(5_000);
        assert_eq!(kid(&refresh(&app, &mut user).await), Forge::new(&seed).kid(), "{broken:?}");
    }
}

#[tokio::test]
async fn a_revoked_key_signs_nothing_while_the_seed_cannot_be_read() {
    let app = TestApp::init().await;
    let mut user = app.user().await;
    refresh(&app, &mut user).await;
    std::fs::remove_file(&app.seed_file).unwrap();
    app.clock.advance_millis(60_000);
    refresh(&app, &mut user).await;
    let key = auth::KeyId::parse(Forge::new(SEED).kid()).unwrap();
    let keys = app.part::<identity::SigningKeys>();
    assert!(keys.revoke(&app.act(), &key, app.clock.now()).await.unwrap().value);
    app.clock.advance_millis(60_000);
    for _ in 0..2 {
        let body = json!({ "refresh_token": user.refresh_token });
        let response = app.anon().post("/v1/auth/token/refresh", body).await;
        assert!(response.is(503, "unavailable"), "{} {}", response.status, response.body);
    }
}

#[tokio::test]
async fn a_lease_that_cannot_be_extended_stops_no_refresh_and_delays_none() {
    for fault in [Fault::Refuse("ThrottlingException"), Fault::Hang] {
        let app = TestApp::init().await;
        let mut user = app.user().await;
        refresh(&app, &mut user).await;
        app.dynamo.fault(move |call| call.is("UpdateItem", "signing_keys").then(|| fault.clone()));
        // Four minutes: the lease that was granted before covers them.
        for _ in 0..4 {
            app.clock.advance_millis(60_000);
            let started = std::time::Instant::now();
            refresh(&app, &mut user).await;
            // A call to a database that hangs takes 3 s.
            assert!(started.elapsed().as_millis() < 2_000, "{:?}", started.elapsed());
        }
    }
}
