//! `GET /v1/auth/sessions`: users list their own sessions.

use aws_sdk_dynamodb::types::AttributeValue;
use axum::body::Body;
use axum::http::{HeaderValue, Request};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::lists::next;
use tests::{Client, PASSWORD, Response, TestApp};

use crate::{REFRESH, REVOKE, SESSIONS, TOKEN, fields, refreshed, with_tokens};

/// Sends a `POST` with this user agent.
async fn post_as(caller: &Client, path: &str, body: Value, user_agent: &[u8]) -> Response {
    let request = Request::post(path).header("content-type", "application/json");
    let request = request.header("user-agent", HeaderValue::from_bytes(user_agent).unwrap());
    caller.request(request.body(Body::from(body.to_string())).unwrap()).await
}

async fn sign_in_as(app: &TestApp, username: &str, user_agent: &[u8]) -> Client {
    let caller = app.anon();
    let body = json!({ "username": username, "password": PASSWORD });
    with_tokens(&caller, &post_as(&caller, TOKEN, body, user_agent).await)
}

async fn list(caller: &Client, path: &str) -> (Vec<Value>, Option<String>) {
    let response = caller.get(path).await;
    assert_eq!(response.status, 200, "{}", response.body);
    (response.json().as_array().unwrap().clone(), next(&response))
}

async fn ids(caller: &Client, path: &str) -> (Vec<String>, Option<String>) {
    let (sessions, next) = list(caller, path).await;
    (sessions.iter().map(|session| session["id"].as_str().unwrap().to_owned()).collect(), next)
}

/// Adds `count` sessions of the user, one second apart. Returns them, the oldest first.
async fn more(app: &TestApp, user: &Client, count: usize) -> Vec<Client> {
    let mut all = Vec::new();
    for _ in 0..count {
        app.clock.advance(SignedDuration::from_secs(1));
        all.push(app.sign_in(&user.username).await);
    }
    all
}

fn id(caller: &Client) -> String {
    caller.refresh_token.split('.').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_session_is_shown_with_all_that_its_owner_can_recognize_it_by() {
    let app = TestApp::init().await;
    app.create_user("ada", "ada@example.com", auth::Roles::default()).await;
    let phone = sign_in_as(&app, "ada", b"Phone/1.0").await;
    app.clock.advance(SignedDuration::from_secs(60));
    let laptop = sign_in_as(&app, "ada", b"Laptop/2.0 (X11; rv:1)").await;
    let (sessions, next) = list(&laptop, SESSIONS).await;
    let session = |caller: &Client, begun: &str, ends: &str, user_agent: &str, current: bool| {
        json!({
            "id": id(caller), "created_at": begun, "last_used_at": begun, "expires_at": ends,
            "user_agent": user_agent, "address": caller.address.to_string(), "current": current,
        })
    };
    let expected = [
        session(&laptop, "2026-01-01T00:01:00Z", "2026-01-15T00:01:00Z", "Laptop/2.0 (X11; rv:1)", true),
        session(&phone, "2026-01-01T00:00:00Z", "2026-01-15T00:00:00Z", "Phone/1.0", false),
    ];
    assert_eq!(normal(sessions), normal(expected.to_vec()));
    assert_eq!(next, None);
    let (seen_by_phone, _) = list(&phone, SESSIONS).await;
    assert_eq!(seen_by_phone.iter().map(|s| s["current"].as_bool().unwrap()).collect::<Vec<_>>(), [false, true]);
}

/// The sessions with all times in one spelling.
fn normal(mut sessions: Vec<Value>) -> Vec<Value> {
    for session in &mut sessions {
        for name in ["created_at", "last_used_at", "expires_at"] {
            let instant: jiff::Timestamp = session[name].as_str().unwrap().parse().unwrap();
            session[name] = json!(instant.as_millisecond());
        }
    }
    sessions
}

#[tokio::test]
async fn a_refresh_moves_a_session_to_where_it_is_used_and_leaves_it_at_its_place() {
    let app = TestApp::init().await;
    let old = app.user().await;
    let new = more(&app, &old, 1).await.remove(0);
    app.clock.advance(SignedDuration::from_secs(100));
    let moved = app.anon();
    let body = json!({ "refresh_token": old.refresh_token });
    with_tokens(&moved, &post_as(&moved, REFRESH, body, b"Elsewhere/3").await);
    let (sessions, _) = list(&new, SESSIONS).await;
    assert_eq!([&sessions[0]["id"], &sessions[1]["id"]], [&json!(id(&new)), &json!(id(&old))]);
    let shown = &sessions[1];
    assert_eq!((&shown["user_agent"], &shown["address"]), (&json!("Elsewhere/3"), &json!(moved.address.to_string())));
    let instant = |name: &str| shown[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_eq!(instant("last_used_at").duration_since(instant("created_at")), SignedDuration::from_secs(101));
    assert_eq!(instant("expires_at").duration_since(instant("last_used_at")), SignedDuration::from_hours(14 * 24));
}

#[tokio::test]
async fn any_user_agent_is_taken_and_only_a_short_printable_part_is_kept() {
    let app = TestApp::init().await;
    app.create_user("ada", "ada@example.com", auth::Roles::default()).await;
    let long = "x".repeat(5_000);
    let emoji = "\u{1f9a6}".repeat(300);
    let cases: [(&[u8], &str); 8] = [
        (b"", ""),
        (b"\"quoted\" <script>&'", "\"quoted\" <script>&'"),
        (b"a\tb", "ab"),
        ("caf\u{e9} \u{1f9a6}".as_bytes(), "caf\u{e9} \u{1f9a6}"),
        ("next\u{85}line\u{9b}31m".as_bytes(), "nextline31m"),
        (b"not \xff utf-8", "not \u{fffd} utf-8"),
        (long.as_bytes(), &long[..200]),
        (emoji.as_bytes(), &emoji[..800]),
    ];
    for (sent, kept) in cases {
        let caller = sign_in_as(&app, "ada", sent).await;
        let (sessions, _) = list(&caller, SESSIONS).await;
        let current = sessions.iter().find(|session| session["current"] == json!(true)).unwrap();
        assert_eq!(current["user_agent"], json!(kept), "{:?}", String::from_utf8_lossy(sent));
        app.clock.advance(SignedDuration::from_secs(1));
    }
}

#[tokio::test]
async fn only_ones_own_living_sessions_are_listed() {
    let app = TestApp::init().await;
    let (user, somebody) = (app.user().await, app.user().await);
    let mut mine = more(&app, &user, 4).await;
    more(&app, &somebody, 2).await;
    let current = mine.pop().unwrap();
    let (expired, revoked, reused) = (&mine[0], &mine[1], &mine[2]);
    let past = AttributeValue::N((auth::Clock::now(&*app.clock).as_second() - 1).to_string());
    app.set("sessions", ("id", &id(expired)), "expires_at", past).await;
    revoked.post(REVOKE, json!({ "refresh_token": revoked.refresh_token })).await;
    refreshed(&refreshed(reused).await).await;
    reused.post(REFRESH, json!({ "refresh_token": reused.refresh_token })).await;
    let older = AttributeValue::N("7".to_owned());
    assert_eq!(ids(&current, SESSIONS).await, (vec![id(&current), id(&user)], None));
    app.set("sessions", ("id", &id(&user)), "epoch", older).await;
    assert_eq!(ids(&current, SESSIONS).await, (vec![id(&current)], None));
}

#[tokio::test]
async fn after_signing_out_everywhere_only_new_sessions_are_listed() {
    let app = TestApp::init().await;
    let user = app.user().await;
    more(&app, &user, 2).await;
    assert_eq!(user.delete(SESSIONS).await.status, 204);
    let again = app.sign_in(&user.username).await;
    assert_eq!(ids(&again, SESSIONS).await, (vec![id(&again)], None));
}

#[tokio::test]
async fn pages_have_every_living_session_once() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let mut all = vec![user.clone()];
    all.extend(more(&app, &user, 8).await);
    // Two ended sessions leave no gap in a page.
    for at in [6, 2] {
        let ended = all.remove(at);
        ended.post(REVOKE, json!({ "refresh_token": ended.refresh_token })).await;
    }
    let expected: Vec<String> = all.iter().rev().map(id).collect();
    for limit in [1, 2, 3, 6, 7, 8] {
        let (mut path, mut pages) = (format!("{SESSIONS}?limit={limit}"), Vec::new());
        loop {
            let (page, next) = ids(&user, &path).await;
            pages.push(page);
            assert!(pages.len() < 20, "the list never ends");
            let Some(more) = next else { break };
            path = more;
        }
        assert_eq!(pages, expected.chunks(limit).map(<[_]>::to_vec).collect::<Vec<_>>(), "limit {limit}");
    }
}

#[tokio::test]
async fn sessions_of_one_instant_are_paged_too() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let mut expected = vec![id(&user)];
    for _ in 0..4 {
        expected.push(id(&app.sign_in(&user.username).await));
    }
    let (mut found, mut path) = (Vec::new(), Some(format!("{SESSIONS}?limit=2")));
    while let Some(next) = path {
        let (page, more) = ids(&user, &next).await;
        found.extend(page);
        path = more;
        assert!(found.len() <= expected.len(), "{found:?}");
    }
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    let app = TestApp::init().await;
    let (alice, bob) = (app.staff().await, app.user().await);
    more(&app, &alice, 2).await;
    more(&app, &bob, 2).await;
    let (_, next) = ids(&alice, &format!("{SESSIONS}?limit=1")).await;
    let next = next.unwrap();
    assert_eq!(ids(&alice, &next).await.0.len(), 1);
    assert_eq!(fields(&bob.get(&next).await), ["cursor"]);
    let users = alice.get("/v1/users?limit=1").await;
    let cursor = users.header("link").split("cursor=").nth(1).unwrap().split('>').next().unwrap().to_owned();
    for cursor in [cursor.as_str(), "garbage", "%00", ""] {
        assert_eq!(fields(&alice.get(&format!("{SESSIONS}?cursor={cursor}")).await), ["cursor"], "{cursor}");
    }
}
