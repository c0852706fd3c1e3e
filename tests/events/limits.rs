//! Exceeded limits.

use api::LimitKey;
use auth::Clock;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use tests::{Client, Response, TestApp};

use crate::{PASSWORD_CHANGE, Refusal, Seen, TOKEN, WRONG, refresh, sign_in};

pub async fn seen() -> Seen<Refusal> {
    let app = TestApp::init().await;
    let (anyone, user) = (app.anon(), app.user().await);
    let at_address = async || anyone.post(TOKEN, json!({})).await;
    let by_user = async || user.post(PASSWORD_CHANGE, json!({})).await;
    let by_session = async || refresh(&user, &user.refresh_token).await;
    let by_account = async |caller: &Client| sign_in(caller, "nobody", WRONG).await;
    let caller = app.anon();
    vec![
        (("rate_limited", "ip"), exceeded(&app, LimitKey::Ip, at_address).await),
        (("rate_limited", "user"), exceeded(&app, LimitKey::User, by_user).await),
        (("rate_limited", "subject"), exceeded(&app, LimitKey::Subject, by_session).await),
        (
            ("rate_limited", "subject+ip"),
            exceeded(&app, LimitKey::SubjectAndIp, async || by_account(&caller).await).await,
        ),
        (
            ("rate_limited", "subject+new-ips"),
            exceeded(&app, LimitKey::NewAddresses, async || by_account(&app.anon()).await).await,
        ),
    ]
}

/// The response to a call when all counters of this kind are full. A first call creates the counter.
async fn exceeded(app: &TestApp, by: LimitKey, call: impl AsyncFn() -> Response) -> Response {
    let before = call().await;
    assert_ne!(before.status, 429, "{}", before.body);
    for item in app.items("rate_limits").await {
        let key = item["key"].as_s().unwrap();
        if let Some((_, limit)) = key.split_once(&format!("|{}:", by.as_str())) {
            let window: i64 = limit.split(['/', '|']).nth(1).unwrap().parse().unwrap();
            let full = AttributeValue::N((app.clock.now().as_millisecond() + window * 1000).to_string());
            app.set("rate_limits", ("key", key), "tat", full).await;
        }
    }
    call().await
}
