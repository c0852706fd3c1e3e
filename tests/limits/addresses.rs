use std::collections::HashSet;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tests::TestApp;

use crate::{BURST, keys, knock, retry_after, sign_in};

#[tokio::test]
async fn headers_do_not_change_where_a_call_comes_from() {
    let app = TestApp::init().await;
    let attacker = app.anon();
    for at in 0..=BURST {
        let victim = format!("198.51.100.{at}");
        let request = Request::post("/v1/auth/token")
            .header("content-type", "application/json")
            .header("x-forwarded-for", format!("{victim}, {}", attacker.address))
            .header("forwarded", format!("for={victim};proto=https"))
            .header("x-real-ip", &victim)
            .header("true-client-ip", &victim)
            .header("x-amzn-source-ip", &victim);
        let body = json!({ "username": format!("nobody{at}"), "password": "wrong-password" }).to_string();
        let response = attacker.request(request.body(Body::from(body)).unwrap()).await;
        let expected = if at < BURST { (401, "credentials_invalid") } else { (429, "rate_limited") };
        assert!(response.is(expected.0, expected.1), "{at}: {}", response.body);
    }
    let counters = keys(&app, "ip").await;
    assert_eq!(counters.len(), 1, "{counters:?}");
    assert!(counters[0].contains(&attacker.address.to_string()), "{counters:?}");
    for at in 0..=BURST {
        let victim = app.anon().at(&format!("198.51.100.{at}"));
        let response = victim.post("/v1/auth/token", json!({})).await;
        assert_eq!((response.status, response.header("ratelimit")), (422, r#""ip";r=9;t=6"#));
    }
}

fn event(source_ip: Value) -> Value {
    json!({
        "version": "2.0",
        "rawPath": "/v1/auth/token",
        "headers": { "content-type": "application/json" },
        "requestContext": { "http": { "method": "POST", "path": "/v1/auth/token", "sourceIp": source_ip } },
        "body": "{}",
        "isBase64Encoded": false,
    })
}

/// How many sign-ins from these addresses are admitted, and the keys of their counters.
async fn count(sources: impl IntoIterator<Item = Value>) -> (usize, HashSet<String>) {
    let app = TestApp::init().await;
    let mut passed = 0;
    for source in sources {
        let response = app.event("tokens_issue", event(source.clone())).await;
        assert!([422, 429].contains(&response.status.as_u16()), "{source}: {response:?}");
        passed += usize::from(response.status == 422);
    }
    (passed, keys(&app, "ip").await.into_iter().collect())
}

#[tokio::test]
async fn spellings_and_neighbours_of_one_address_are_one_bucket() {
    let spellings = ["2001:db8:0:1::1", "2001:DB8:0000:0001:0:0:0:1", "2001:0db8::1:0:0:0:1"];
    let (passed, keys) = count(spellings.iter().cycle().take(30).map(|text| json!(text))).await;
    assert_eq!((passed, keys.len()), (BURST, 1), "{keys:?}");

    let (passed, keys) = count((0..1000).map(|host| json!(format!("2001:db8:0:1:{host:x}::{host:x}")))).await;
    assert_eq!((passed, keys.len()), (BURST, 1), "{keys:?}");

    let mapped = ["203.0.113.9", "::ffff:203.0.113.9", "::ffff:cb00:7109"];
    let (passed, keys) = count(mapped.iter().cycle().take(30).map(|text| json!(text))).await;
    assert_eq!((passed, keys.len()), (BURST, 1), "{keys:?}");
}

#[tokio::test]
async fn unreadable_addresses_share_one_bucket() {
    let odd = [json!(""), json!("unknown"), json!("1.2.3"), json!("203.0.113.9:80"), json!("::g"), Value::Null];
    let (passed, keys) = count(odd.iter().cycle().take(30).cloned()).await;
    assert_eq!((passed, keys.len()), (BURST, 1), "{keys:?}");
}

#[tokio::test]
async fn different_networks_are_different_buckets() {
    let all = ["2001:db8:0:1::1", "2001:db8:0:2::1", "203.0.113.9", "203.0.113.10", "unknown"];
    let (passed, keys) = count(all.iter().cycle().take(5 * BURST).map(|text| json!(text))).await;
    assert_eq!((passed, keys.len()), (5 * BURST, 5), "{keys:?}");
}

#[tokio::test]
async fn a_refusal_of_one_address_is_no_refusal_of_another() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let attacker = app.anon();
    while knock(&attacker).await {}
    let refused = sign_in(&attacker, &user.username, tests::PASSWORD).await;
    assert!(refused.is(429, "rate_limited"), "{}", refused.body);
    assert_eq!(retry_after(&refused), 6);
    assert_eq!(sign_in(&app.anon(), &user.username, tests::PASSWORD).await.status, 200);
}
