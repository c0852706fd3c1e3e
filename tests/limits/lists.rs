//! What a list costs grows with what is stored. So every list behind a sign-in has a limit for each user.

use api::{Entry, Limit, LimitKey, Method};
use auth::Level;
use catalogue::CATALOGUE;
use jiff::SignedDuration;
use tests::{TestApp, admitted, good_call};

use crate::retry_after;

/// All endpoints whose response is a page of a list for signed-in users. Only pages have a link to the next page.
fn lists() -> Vec<&'static Entry> {
    let document = catalogue::openapi();
    let is_list = |entry: &&Entry| {
        let response = &document["paths"][entry.route.path]["get"]["responses"]["200"];
        entry.route.method == Method::Get && !response["headers"]["Link"].is_null()
    };
    CATALOGUE.iter().filter(is_list).filter(|entry| !matches!(entry.level, Level::Public | Level::Maybe)).collect()
}

/// The limit of a list: 60 calls a minute, and 120 for those of staff.
fn limit(entry: &Entry) -> Limit {
    let burst = if entry.level == Level::Staff { 120 } else { 60 };
    let limits: Vec<&Limit> = entry.limits.iter().filter(|limit| limit.by == LimitKey::User).collect();
    let [limit] = limits[..] else { panic!("{}: {limits:?}", entry.route) };
    assert_eq!((limit.burst, limit.window, limit.fails_closed), (burst, 60, false), "{}", entry.route);
    *limit
}

#[test]
fn every_list_for_signed_in_users_has_a_limit_per_user() {
    let lists = lists();
    let names: Vec<&str> = lists.iter().map(|entry| entry.name).collect();
    assert!(["sessions_list", "users_list"].iter().all(|name| names.contains(name)), "{names:?}");
    lists.into_iter().for_each(|entry| _ = limit(entry));
}

#[tokio::test]
async fn a_list_read_too_often_is_refused_and_tells_how_long_to_wait() {
    let app = TestApp::init().await;
    for entry in lists() {
        let (caller, other) = (admitted(&app, entry.level).await, admitted(&app, entry.level).await);
        let (limit, (path, ..)) = (limit(entry), good_call(&app, entry.name, &caller).await);
        let path = path.as_str();
        for at in 0..limit.burst {
            // The limit counts the user, not the address.
            let response = caller.at(&format!("192.0.2.{}", at % 200)).get(path).await;
            assert_eq!(response.status, 200, "{path}, call {at}: {}", response.body);
        }
        let refused = caller.at("198.51.100.1").get(path).await;
        assert!(refused.is(429, "rate_limited"), "{path}: {}", refused.body);
        let wait = retry_after(&refused);
        assert_eq!(wait, i64::from(limit.window.div_ceil(limit.burst)), "{path}");
        assert_eq!(other.get(path).await.status, 200, "{path}: another user");
        app.clock.advance(SignedDuration::from_secs(wait));
        assert_eq!(caller.get(path).await.status, 200, "{path}, after {wait} s");
    }
}
