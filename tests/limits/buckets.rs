use serde_json::json;
use tests::{Client, Response, TestApp};
use tokio::task::JoinSet;

use crate::{BURST, admitted, knock, retry_after, sign_in};

/// Makes fifty sign-ins at once, spread over `callers`. Returns how many pass the limit. No sign-in hashes a password,
/// so that they race for the counter and not for the processor.
async fn fifty_at_once(callers: &[Client]) -> usize {
    let mut all = JoinSet::new();
    for at in 0..50 {
        let caller = callers[at % callers.len()].clone();
        all.spawn(async move { knock(&caller).await });
    }
    all.join_all().await.into_iter().filter(|passed| *passed).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_at_one_instant_exactly_ten_pass() {
    let app = TestApp::init().await;
    let caller = app.anon();
    assert_eq!(fifty_at_once(std::slice::from_ref(&caller)).await, BURST);
    // One more every six seconds.
    app.clock.advance_millis(18_000);
    assert_eq!(fifty_at_once(&[caller]).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_admit_ten_together() {
    let app = TestApp::init().await;
    let other = app.second_process();
    let callers = [app.anon().at("192.0.2.1"), other.anon().at("192.0.2.1")];
    assert_eq!(fifty_at_once(&callers).await, BURST);
    app.clock.advance_millis(12_000);
    assert_eq!(fifty_at_once(&callers).await, 2);
}

/// Complete sign-ins of one account, which race for the second limit too.
#[tokio::test(flavor = "multi_thread")]
async fn of_fifteen_guesses_at_one_instant_ten_are_looked_at() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let (caller, mut all) = (app.anon(), JoinSet::new());
    for _ in 0..15 {
        let (caller, name) = (caller.clone(), user.username.clone());
        all.spawn(async move { sign_in(&caller, &name, "wrong-password").await });
    }
    let all = all.join_all().await;
    let looked_at = all.iter().filter(|response| response.is(401, "credentials_invalid")).count();
    let refused = all.iter().filter(|response| response.is(429, "rate_limited")).count();
    assert_eq!((looked_at, refused), (BURST, 5), "{all:?}");
}

#[tokio::test]
async fn no_interval_admits_more_than_the_burst_and_the_rate() {
    let app = TestApp::init().await;
    let other = app.second_process();
    let callers = [app.anon().at("192.0.2.1"), other.anon().at("192.0.2.1")];
    // Any fixed seed works. The pauses mix bursts, about one refill, and about a whole window.
    let steps = [0, 0, 0, 1, 250, 999, 1_000, 2_999, 5_999, 6_000, 6_001, 59_999, 60_000];
    let (mut seed, mut now, mut times) = (2026_u32, 0_i64, Vec::new());
    for _ in 0..500 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let random = (seed >> 16) as usize;
        let step = if random.is_multiple_of(5) { steps[random / 5 % steps.len()] } else { 0 };
        app.clock.advance_millis(step);
        now += step;
        if knock(&callers[random % 2]).await {
            times.push(now);
        }
    }
    assert!(times.len() > 60, "{}", times.len());
    for (first, from) in times.iter().enumerate() {
        for (last, to) in times.iter().enumerate().skip(first) {
            let most = 10 + (to - from) * 10 / 60_000;
            assert!((last - first + 1) as i64 <= most, "{} from {from} to {to}", last - first + 1);
        }
    }
}

#[tokio::test]
async fn a_steady_flood_gets_the_burst_and_one_per_step() {
    let app = TestApp::init().await;
    let caller = app.anon();
    let mut passed = 0;
    for _ in 0..=600 {
        passed += usize::from(knock(&caller).await);
        app.clock.advance_millis(100);
    }
    // The burst at the first instant, and one call at each of the ten refills in the minute after it.
    assert_eq!(passed, BURST + 10);
}

#[tokio::test]
async fn a_window_has_no_edge_to_burst_at() {
    let app = TestApp::init().await;
    let caller = app.anon();
    app.clock.advance_millis(59_900);
    for _ in 0..BURST {
        assert!(knock(&caller).await);
    }
    app.clock.advance_millis(100);
    assert!(!knock(&caller).await);
    app.clock.advance_millis(5_899);
    assert!(!knock(&caller).await);
    app.clock.advance_millis(1);
    assert!(knock(&caller).await);
    assert!(!knock(&caller).await);
}

#[tokio::test]
async fn a_call_after_retry_after_is_admitted() {
    // The next call is admitted 6,000 ms after the burst: (milliseconds since the burst, seconds to wait).
    let app = TestApp::init().await;
    let other = app.second_process();
    for (passed, seconds) in [(0, 6), (1, 6), (999, 6), (1_000, 5), (1_001, 5), (5_001, 1), (5_999, 1)] {
        let caller = app.anon();
        while knock(&caller).await {}
        app.clock.advance_millis(passed);
        let refused = caller.post("/v1/auth/token", json!({})).await;
        assert!(!admitted(&refused));
        assert_eq!(retry_after(&refused), seconds, "{passed}");
        assert_eq!(refused.json()["detail"], format!("Too many requests: try again in {seconds} s."));
        app.clock.advance_millis(6_000 - passed - 1);
        let refused = caller.post("/v1/auth/token", json!({})).await;
        assert_eq!((refused.status, retry_after(&refused)), (429, 1), "{passed}");
        // A process that has not seen these calls gives the same response.
        let cold = other.anon().at(&caller.address.to_string()).post("/v1/auth/token", json!({})).await;
        assert_eq!((cold.status, retry_after(&cold)), (429, 1), "{passed}");
        app.clock.advance_millis(seconds * 1_000 - (6_000 - passed) + 1);
        assert!(knock(&caller).await, "{passed}");
    }
}

/// `RateLimit-Policy` and `RateLimit`.
fn headers(response: &Response) -> (u16, &str, &str) {
    (response.status, response.header("ratelimit-policy"), response.header("ratelimit"))
}

#[tokio::test]
async fn headers_tell_where_an_address_stands() {
    let app = TestApp::init().await;
    let caller = app.anon();
    let policy = r#""ip";q=10;w=60"#;
    // (milliseconds before the call, status, calls left, seconds until one more is left)
    let mut steps = vec![(0, 422, 9, 6), (0, 422, 8, 6), (2_500, 422, 7, 4), (3_500, 422, 7, 6)];
    steps.extend((0..7).rev().map(|left| (0, 422, left, 6)));
    steps.extend([(0, 429, 0, 6), (5_001, 429, 0, 1), (999, 422, 0, 6), (90_000, 422, 9, 6)]);
    for (at, (passed, status, left, seconds)) in steps.into_iter().enumerate() {
        app.clock.advance_millis(passed);
        let response = caller.post("/v1/auth/token", json!({})).await;
        let state = format!(r#""ip";r={left};t={seconds}"#);
        assert_eq!(headers(&response), (status, policy, state.as_str()), "{at}");
    }
}

#[tokio::test]
async fn headers_name_every_limit_of_the_call() {
    let app = TestApp::init().await;
    let (user, superuser) = (app.user().await, app.superuser().await);
    let account = format!("/v1/users/{}", user.id);
    let caller = app.anon();
    let both = r#""ip";q=10;w=60, "subject+ip";q=10;w=900"#;
    // Except the limit of new addresses: it would reveal the addresses that the account knows.
    let signed_in = sign_in(&caller, &user.username, tests::PASSWORD).await;
    assert_eq!(headers(&signed_in), (200, both, r#""ip";r=9;t=6, "subject+ip";r=9;t=90"#));
    let wrong = sign_in(&caller, &user.username, "wrong-password").await;
    assert_eq!(headers(&wrong), (401, both, r#""ip";r=8;t=6, "subject+ip";r=8;t=90"#));

    let refreshed = user.post("/v1/auth/token/refresh", json!({ "refresh_token": user.refresh_token })).await;
    let both = r#""ip";q=120;w=60, "subject";q=30;w=60"#;
    assert_eq!(headers(&refreshed), (200, both, r#""ip";r=119;t=1, "subject";r=29;t=2"#));

    let changed = superuser.patch(&account, json!({ "is_staff": true })).await;
    assert_eq!(headers(&changed), (200, r#""user";q=60;w=60"#, r#""user";r=59;t=1"#));
    // A call without limits has no such headers, nor has a call that is refused before it is counted.
    assert_eq!(headers(&user.get("/v1/users/me").await), (200, "", ""));
    assert_eq!(headers(&user.patch(&account, json!({})).await), (403, "", ""));
}
