//! Sign-in protection that can't lock out the victim: a hundred tries per hour and account. Only tries from new
//! addresses count: those without a successful sign-in to the account in the last 30 days.

use auth::{Clock, Roles, UserId};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Client, Fault, PASSWORD, Response, TestApp};
use tokio::task::JoinSet;

use crate::{look, seconds, sign_in};

const HOUR: i64 = 3600;
const WRONG: &str = "wrong-password";

fn hours(app: &TestApp, hours: i64) {
    app.clock.advance(SignedDuration::from_hours(hours));
}

async fn new_user(app: &TestApp, name: &str) -> UserId {
    app.create_user(name, &format!("{name}@example.com"), Roles::default()).await
}

/// Uses up the tries from new addresses that the user's account has left, as an attack would.
async fn exhaust(app: &TestApp, name: &str, user: UserId) {
    let counter = sign_in(&app.anon(), name, WRONG).await;
    assert!([401, 429].contains(&counter.status), "{}", counter.body);
    let items = app.items("rate_limits").await;
    let mut keys = items.iter().map(|item| item["key"].as_s().unwrap());
    let key = keys.find(|key| key.contains("new-ips") && key.contains(&user.to_string())).unwrap();
    let full = app.clock.now().as_millisecond() + HOUR * 1000;
    app.set("rate_limits", ("key", key), "tat", AttributeValue::N(full.to_string())).await;
    assert!(sign_in(&app.anon(), name, WRONG).await.is(429, "rate_limited"));
}

fn is_admitted(response: &Response) -> bool {
    match response.status {
        401 => assert!(response.is(401, "credentials_invalid"), "{}", response.body),
        _ => assert!(response.is(429, "rate_limited"), "{} {}", response.status, response.body),
    }
    response.status == 401
}

/// Whether the account knows this address: admits a try from it, and none from a new one. The try has a wrong
/// password, so that it changes nothing.
async fn knows(app: &TestApp, caller: &Client, name: &str, user: UserId) -> bool {
    exhaust(app, name, user).await;
    is_admitted(&sign_in(caller, name, WRONG).await)
}

#[tokio::test]
async fn a_hundred_tries_from_new_addresses_whether_or_not_the_account_exists() {
    let app = TestApp::init().await;
    new_user(&app, "alice").await;
    let home = app.sign_in("alice").await;
    hours(&app, 1);
    for at in 0..=100 {
        let (known, unknown) =
            (sign_in(&app.anon(), "alice", WRONG).await, sign_in(&app.anon(), "nobody", WRONG).await);
        assert_eq!(look(&known), look(&unknown), "{at}");
        assert_eq!(is_admitted(&known), at < 100, "{at}: {}", known.body);
    }
    // Each address tried once, so the limit is that of the account.
    let refused = sign_in(&app.anon(), "alice", WRONG).await;
    let wait: i64 = refused.header("retry-after").parse().unwrap();
    assert_eq!(wait, 36, "one in 36 s");
    let owner = app.anon();
    assert!(sign_in(&owner, "alice", PASSWORD).await.is(429, "rate_limited"), "the owner too, at a new address");
    assert_eq!(sign_in(&home, "alice", PASSWORD).await.status, 200, "the owner is admitted at home");

    seconds(&app, wait - 1);
    assert!(!is_admitted(&sign_in(&app.anon(), "alice", WRONG).await));
    seconds(&app, 1);
    for expected in [true, false] {
        let (known, unknown) =
            (sign_in(&app.anon(), "alice", WRONG).await, sign_in(&app.anon(), "nobody", WRONG).await);
        assert_eq!(look(&known), look(&unknown));
        assert_eq!(is_admitted(&known), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_attacking_addresses_do_not_block_the_owner_at_home() {
    let app = TestApp::init().await;
    let alice = new_user(&app, "alice").await;
    let home = app.sign_in("alice").await;
    exhaust(&app, "alice", alice).await;
    for round in 0..8 {
        let mut all = JoinSet::new();
        // Each makes two calls to the database at once, and each call must be answered in time on any machine.
        for _ in 0..25 {
            let attacker = app.anon();
            all.spawn(async move { sign_in(&attacker, "alice", PASSWORD).await.status });
        }
        let response = sign_in(&home, "alice@example.com", PASSWORD).await;
        assert_eq!(response.status, 200, "round {round}: {}", response.body);
        let attacks = all.join_all().await;
        // The clock stands still, so no try is refilled.
        assert!(attacks.iter().all(|status| *status == 429), "round {round}: {attacks:?}");
    }
}

#[tokio::test]
async fn an_address_is_known_for_thirty_days_after_the_last_sign_in() {
    let app = TestApp::init().await;
    let alice = new_user(&app, "alice").await;
    let home = app.sign_in("alice").await;
    hours(&app, 20 * 24);
    assert_eq!(sign_in(&home, "alice", PASSWORD).await.status, 200, "a sign-in renews the address");
    hours(&app, 29 * 24 + 23);
    assert!(knows(&app, &home, "alice", alice).await);
    assert!(knows(&app, &home, "alice", alice).await, "a wrong password does not renew the address");
    hours(&app, 1);
    assert!(!knows(&app, &home, "alice", alice).await);
}

/// How many writes of addresses there were since the last look.
fn remembered(app: &TestApp) -> usize {
    app.dynamo.take_calls().iter().filter(|call| call.is("PutItem", "sign_in_addresses")).count()
}

#[tokio::test]
async fn an_address_that_was_remembered_in_the_last_day_is_not_written_again() {
    let app = TestApp::init().await;
    new_user(&app, "alice").await;
    app.dynamo.take_calls();
    let home = app.sign_in("alice").await;
    assert_eq!(remembered(&app), 1, "a new address");
    // (hours since the sign-in before, writes)
    for (passed, writes) in [(0, 0), (23, 0), (1, 1), (12, 0), (11, 0), (2, 1)] {
        hours(&app, passed);
        assert_eq!(sign_in(&home, "alice", PASSWORD).await.status, 200);
        assert_eq!(remembered(&app), writes, "after {passed} hours");
    }
    app.sign_in("alice").await;
    assert_eq!(remembered(&app), 1, "another address");
}

#[tokio::test]
async fn a_sign_in_succeeds_without_its_address_which_then_counts_as_new() {
    for fault in [Fault::Refuse("AccessDeniedException"), Fault::Hang, Fault::Refuse("ThrottlingException")] {
        let app = TestApp::init().await;
        let alice = new_user(&app, "alice").await;
        let home = app.anon();
        let of_this_case = fault.clone();
        app.dynamo.fault(move |call| call.is("PutItem", "sign_in_addresses").then(|| of_this_case.clone()));
        let response = sign_in(&home, "alice", PASSWORD).await;
        app.dynamo.heal();
        assert_eq!(response.status, 200, "{fault:?}: {}", response.body);
        let events: Vec<_> = response.events().iter().map(|event| event["event"].clone()).collect();
        assert!(events.contains(&json!("sign_in_succeeded")), "{fault:?}: {events:?}");
        assert!(events.contains(&json!("address_not_remembered")), "{fault:?}: {events:?}");
        assert!(!knows(&app, &home, "alice", alice).await, "{fault:?}");
    }
}

#[tokio::test]
async fn an_address_whose_ttl_has_passed_but_which_still_exists_is_unknown() {
    let app = TestApp::init().await;
    let alice = new_user(&app, "alice").await;
    let home = app.sign_in("alice").await;
    let address = app.items("sign_in_addresses").await.remove(0);
    let ttl: i64 = address["expires_at"].as_n().unwrap().parse().unwrap();
    app.clock.advance(SignedDuration::from_secs(ttl - app.clock.now().as_second() - 1));
    assert!(knows(&app, &home, "alice", alice).await, "to the last second");
    seconds(&app, 1);
    assert!(!knows(&app, &home, "alice", alice).await);
    assert_eq!(app.items("sign_in_addresses").await, [address], "the item is still there");
    // A sign-in makes the address known again.
    hours(&app, 1);
    assert_eq!(sign_in(&home, "alice", PASSWORD).await.status, 200);
    assert!(knows(&app, &home, "alice", alice).await);
}

#[tokio::test]
async fn only_a_successful_sign_in_makes_an_address_known() {
    let app = TestApp::init().await;
    let alice = new_user(&app, "alice").await;
    let (caller, late) = (app.anon(), app.anon());
    for _ in 0..3 {
        assert!(is_admitted(&sign_in(&caller, "alice", WRONG).await));
    }
    // The right password of an inactive account does not count as success either.
    crate::set_flag(&app, alice, "is_active", false).await;
    assert!(is_admitted(&sign_in(&late, "alice", PASSWORD).await));
    crate::set_flag(&app, alice, "is_active", true).await;
    assert!(app.items("sign_in_addresses").await.is_empty());
    assert!(!knows(&app, &caller, "alice", alice).await);
    assert!(!knows(&app, &late, "alice", alice).await);
}

#[tokio::test]
async fn an_address_known_to_one_account_is_new_to_another() {
    let app = TestApp::init().await;
    let (alice, bob) = (new_user(&app, "alice").await, new_user(&app, "bob").await);
    let home = app.sign_in("alice").await;
    assert!(knows(&app, &home, "alice", alice).await);
    assert!(!knows(&app, &home, "bob", bob).await);
    // An attack on one account does not affect another one.
    let carol = new_user(&app, "carol").await;
    assert_eq!(app.sign_in("carol").await.id, carol);
}

#[tokio::test]
async fn the_whole_network_of_an_ipv6_address_is_known() {
    let app = TestApp::init().await;
    let alice = new_user(&app, "alice").await;
    let home = app.anon().at("2001:db8:0:1::1");
    assert_eq!(sign_in(&home, "alice", PASSWORD).await.status, 200);
    for (address, known) in [
        ("2001:db8:0:1:ffff:ffff:ffff:ffff", true),
        ("2001:db8:0:1::", true),
        ("2001:db8:0:2::1", false),
        ("2001:db8:0:0:1::1", false),
        ("203.0.113.9", false),
    ] {
        let caller = app.anon().at(address);
        assert_eq!(knows(&app, &caller, "alice", alice).await, known, "{address}");
    }
    let mapped = app.anon().at("203.0.113.10");
    hours(&app, 1);
    assert_eq!(sign_in(&mapped, "alice", PASSWORD).await.status, 200);
    assert!(knows(&app, &app.anon().at("::ffff:203.0.113.10"), "alice", alice).await);
}

/// A sign-in with this `sourceIp` in the gateway's event.
async fn sign_in_from(app: &TestApp, source_ip: Value, password: &str) -> u16 {
    let event = json!({
        "version": "2.0",
        "rawPath": "/v1/auth/token",
        "headers": { "content-type": "application/json" },
        "requestContext": { "http": { "method": "POST", "path": "/v1/auth/token", "sourceIp": source_ip } },
        "body": json!({ "username": "alice", "password": password }).to_string(),
        "isBase64Encoded": false,
    });
    app.event("tokens_issue", event).await.status.as_u16()
}

#[tokio::test]
async fn an_address_that_cannot_be_read_never_becomes_known() {
    let app = TestApp::init().await;
    let alice = new_user(&app, "alice").await;
    assert_eq!(sign_in_from(&app, json!("198.51.100.7"), PASSWORD).await, 200);
    for odd in [json!("unknown"), json!(""), Value::Null, json!("203.0.113.9:80")] {
        assert_eq!(sign_in_from(&app, odd.clone(), PASSWORD).await, 200, "{odd}");
        exhaust(&app, "alice", alice).await;
        assert_eq!(sign_in_from(&app, odd.clone(), PASSWORD).await, 429, "{odd}");
        assert_eq!(sign_in_from(&app, json!("198.51.100.7"), PASSWORD).await, 200, "{odd}: a good event is known");
        hours(&app, 1);
    }
}

/// Otherwise users who share an address could find out each other's accounts.
#[tokio::test]
async fn a_refusal_at_a_known_address_looks_as_for_an_account_that_does_not_exist() {
    let app = TestApp::init().await;
    new_user(&app, "alice").await;
    let home = app.sign_in("alice").await;
    let mut looks = Vec::new();
    for name in ["alice", "nobody"] {
        // After an hour all limits are refilled.
        hours(&app, 1);
        looks.push(look(&sign_in(&home, name, WRONG).await));
    }
    assert_eq!(looks[0], looks[1]);
}
