//! Published keys: how verifiers find, remember and drop keys. Invalid seeds.

use auth::{Clock, OsEntropy};
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::Issuer;
use serde_json::json;
use tests::{Fault, Forge, PASSWORD, Response, TestApp};

use crate::{Bench, SIGNED_IN, assert_invalid, assert_unavailable};

/// How many keys were read since the last call of this function.
fn key_reads(app: &TestApp) -> usize {
    app.dynamo.take_calls().iter().filter(|call| call.is("GetItem", "signing_keys")).count()
}

async fn set_key(bench: &Bench, attribute: &str, in_seconds: i64) {
    let at = bench.app.clock.now().as_millisecond() + in_seconds * 1000;
    bench.app.set("signing_keys", ("kid", bench.forge.kid()), attribute, AttributeValue::N(at.to_string())).await;
}

async fn sign_in(app: &TestApp, username: &str) -> Response {
    app.anon().post("/v1/auth/token", json!({ "username": username, "password": PASSWORD })).await
}

async fn published_kids(app: &TestApp) -> Vec<String> {
    let jwks = app.anon().get("/.well-known/jwks.json").await;
    assert_eq!(jwks.status, 200, "{}", jwks.body);
    jwks.json()["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_revoked_key_is_refused_within_a_minute() {
    let bench = Bench::init().await;
    let token = bench.caller.token.clone().unwrap();
    let second = bench.app.second_process();
    let elsewhere = second.anon().with_token(&token);
    assert_eq!(elsewhere.get(SIGNED_IN).await.status, 200);
    assert_eq!(published_kids(&bench.app).await, [bench.forge.kid()]);

    set_key(&bench, "revoked_at", 0).await;
    let third = bench.app.second_process();
    assert_invalid("in a new process", &third.anon().with_token(&token).get(SIGNED_IN).await);
    assert_eq!(published_kids(&bench.app).await, [""; 0]);
    bench.app.clock.advance_millis(60_000);
    bench.invalid("in the process that signed the token", &token).await;
    assert_invalid("in a process that remembered the key", &elsewhere.get(SIGNED_IN).await);
    // The key stays refused.
    bench.app.clock.advance_millis(1000);
    bench.invalid("and ever after", &token).await;
    bench.app.clock.advance_millis(60_000);
    bench.invalid("and ever after", &token).await;
}

#[tokio::test]
async fn use_does_not_keep_a_revoked_key_alive() {
    let bench = Bench::init().await;
    let token = bench.caller.token.clone().unwrap();
    set_key(&bench, "revoked_at", 0).await;
    for _ in 0..59 {
        bench.app.clock.advance_millis(1000);
        bench.get(&token).await;
    }
    bench.app.clock.advance_millis(1000);
    bench.invalid("after a minute of use", &token).await;
}

#[tokio::test]
async fn keys_without_a_lease_count_as_absent() {
    let bench = Bench::init().await;
    let token = bench.caller.token.clone().unwrap();
    set_key(&bench, "lease_until", 10).await;
    let second = bench.app.second_process();
    let elsewhere = second.anon().with_token(&token);
    assert_eq!(elsewhere.get(SIGNED_IN).await.status, 200);

    // The lease ends to the millisecond, also in a process that remembers the key. The item still exists.
    bench.app.clock.advance_millis(9999);
    assert_eq!(elsewhere.get(SIGNED_IN).await.status, 200);
    bench.app.clock.advance_millis(1);
    assert_invalid("the lease is over", &elsewhere.get(SIGNED_IN).await);
    assert_eq!(bench.app.items("signing_keys").await.len(), 1);
    assert_eq!(published_kids(&second).await, [""; 0]);

    // A user comes back after a long pause. The old token is refused, and the token of a new sign-in works at once.
    bench.app.clock.advance_millis(5 * 60_000);
    assert_invalid("the lease is over", &elsewhere.get(SIGNED_IN).await);
    let anew = bench.app.sign_in(&bench.caller.username).await.token.unwrap();
    key_reads(&bench.app);
    assert_eq!(second.anon().with_token(anew).get(SIGNED_IN).await.status, 200, "the signer has extended the lease");
    assert_eq!(key_reads(&bench.app), 1);
    assert_eq!(elsewhere.get(SIGNED_IN).await.status, 200, "the old token works again too");
    assert_eq!(key_reads(&bench.app), 0);
    assert_eq!(published_kids(&second).await, [bench.forge.kid()]);
}

#[tokio::test]
async fn a_key_whose_ttl_has_passed_but_which_still_exists_is_absent() {
    let bench = Bench::init().await;
    // A current token of this key, long after the key's lease and TTL. The item is still in the table.
    bench.app.clock.advance_millis(40 * 24 * 3_600_000);
    let now = bench.app.clock.now().as_second();
    let token = bench.with_claims(&[("iat", json!(now)), ("exp", json!(now + 900))]);
    let items = bench.app.items("signing_keys").await;
    let ttl: i64 = items[0]["expires_at"].as_n().unwrap().parse().unwrap();
    let sessions = bench.app.items("sessions").await;
    let session_ends: i64 = sessions[0]["expires_at"].as_n().unwrap().parse().unwrap();
    assert!(ttl < now, "its TTL has passed");
    // Otherwise a client that returns, tries an old token and refreshes it would meet a remembered "no such key".
    assert!(session_ends < ttl, "no session outlives the item");
    bench.invalid("TTL passed", &token).await;
    assert_eq!(published_kids(&bench.app).await, [""; 0]);
}

#[tokio::test]
async fn unknown_keys_cost_one_read() {
    let bench = Bench::init().await;
    let stranger = Forge::new(&"07".repeat(32));
    let token = stranger.sign(&stranger.header(), &bench.claims);
    bench.app.dynamo.take_calls();
    bench.invalid("unknown", &token).await;
    let calls = bench.app.dynamo.take_calls();
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert!(calls[0].is("GetItem", "signing_keys"), "{calls:?}");
    assert_eq!(calls[0].body["ConsistentRead"], true, "{calls:?}");

    bench.app.clock.advance_millis(4999);
    bench.invalid("unknown", &token).await;
    assert_eq!(bench.app.dynamo.take_calls().len(), 0, "remembered for 5 s");
    bench.app.clock.advance_millis(1);
    bench.invalid("unknown", &token).await;
    assert_eq!(key_reads(&bench.app), 1, "and no longer");
}

#[tokio::test]
async fn invented_keys_do_not_push_out_the_real_one() {
    let bench = Bench::init().await;
    let token = bench.caller.token.clone().unwrap();
    bench.accepted("real", &token).await;
    bench.app.dynamo.take_calls();
    for _ in 0..300 {
        let kid = URL_SAFE_NO_PAD.encode(auth::random::<32>(&OsEntropy).unwrap());
        bench.invalid("invented", &bench.with_header("kid", json!(kid))).await;
    }
    assert_eq!(key_reads(&bench.app), 300);
    bench.app.clock.advance_millis(44_999);
    bench.accepted("real", &token).await;
    assert_eq!(key_reads(&bench.app), 0, "still remembered");
    bench.app.clock.advance_millis(1);
    bench.accepted("real", &token).await;
    assert_eq!(key_reads(&bench.app), 1, "and read again in time");
}

#[tokio::test]
async fn keys_that_cannot_be_read_are_a_503() {
    let bench = Bench::init().await;
    let token = bench.caller.token.clone().unwrap();
    let stranger = Forge::new(&"07".repeat(32));
    let unknown = stranger.sign(&stranger.header(), &bench.claims);
    for fault in [
        Fault::Refuse("ThrottlingException"),
        Fault::Refuse("ProvisionedThroughputExceededException"),
        Fault::Refuse("InternalServerError"),
        Fault::Hang,
    ] {
        let (what, process) = (format!("{fault:?}"), bench.app.second_process());
        bench.app.dynamo.fault(move |call| call.is("GetItem", "signing_keys").then(|| fault.clone()));
        assert_unavailable(&what, &process.anon().with_token(&token).get(SIGNED_IN).await);
        if what.contains("Throttling") {
            assert_unavailable(&what, &process.anon().with_token(&unknown).get(SIGNED_IN).await);
        }
        bench.accepted("a process that remembers the key continues", &token).await;
        // A failed read is not remembered as a missing key.
        bench.app.dynamo.heal();
        let response = process.anon().with_token(&token).get(SIGNED_IN).await;
        assert_eq!(response.status, 200, "after {what}: {}", response.body);
    }
}

#[tokio::test]
async fn an_invalid_seed_signs_nothing() {
    let app = TestApp::init().await;
    app.create_user("someone", "someone@example.com", auth::Roles::default()).await;
    for (seed, problem) in [
        (String::new(), "the signing seed is empty"),
        (" \n".to_owned(), "the signing seed is empty"),
        ("5eed".repeat(15), "the signing seed is not 64 characters long"),
        ("a".repeat(65), "the signing seed is not 64 characters long"),
        ("5eeg".repeat(16), "the signing seed is not hexadecimal"),
        ("é".repeat(32), "the signing seed is not hexadecimal"),
        ("0".repeat(64), "the signing seed is all zeros"),
    ] {
        std::fs::write(&app.seed_file, seed).unwrap();
        let error = app.part::<Issuer>().publish(app.clock.now()).await.unwrap_err().to_string();
        assert_eq!(error, format!("the signing seed can't be read: {problem}"));
        let response = sign_in(&app, "someone").await;
        assert_unavailable(problem, &response);
        assert!(!response.body.contains("seed"), "{}", response.body);
    }

    std::fs::remove_file(&app.seed_file).unwrap();
    let error = app.part::<Issuer>().publish(app.clock.now()).await.unwrap_err().to_string();
    let path = app.seed_file.to_string_lossy().into_owned();
    assert!(error.starts_with("the signing seed can't be read: ") && error.contains(&path), "{error}");
    let response = sign_in(&app, "someone").await;
    assert_unavailable("no file", &response);
    assert!(!response.body.contains("seed"), "{}", response.body);

    assert_eq!((app.items("signing_keys").await.len(), app.items("sessions").await.len()), (0, 0));
    std::fs::write(&app.seed_file, format!(" {}\n", tests::SEED.to_uppercase())).unwrap();
    app.part::<Issuer>().publish(app.clock.now()).await.unwrap();
    assert_eq!(sign_in(&app, "someone").await.status, 200, "with a valid seed, no restart is needed");
}

#[tokio::test]
async fn nothing_is_signed_with_a_revoked_key() {
    let bench = Bench::init().await;
    let sessions = bench.app.items("sessions").await.len();
    set_key(&bench, "revoked_at", 0).await;
    // A new process stops signing at once, and a process that has the key stops when it reads the key again.
    let second = bench.app.second_process();
    assert_unavailable("another process", &sign_in(&second, &bench.caller.username).await);
    bench.app.clock.advance_millis(5 * 60_000);
    for _ in 0..2 {
        assert_unavailable("after 5 minutes", &sign_in(&bench.app, &bench.caller.username).await);
    }
    assert_eq!(bench.app.items("sessions").await.len(), sessions, "no session is created");
    // Another seed lets users sign in again.
    std::fs::write(&bench.app.seed_file, "07".repeat(32)).unwrap();
    for app in [&bench.app, &second] {
        let anew = app.sign_in(&bench.caller.username).await;
        assert_eq!(anew.get(SIGNED_IN).await.status, 200);
    }
    assert_eq!(published_kids(&bench.app).await, [Forge::new(&"07".repeat(32)).kid()]);
}
