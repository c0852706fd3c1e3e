//! Refresh tokens: two tabs at once, theft, and lost responses.

use std::collections::HashSet;

use jiff::SignedDuration;
use serde_json::json;
use tests::{Call, Client, Fault, Response, TestApp};
use tokio::task::JoinSet;

use crate::{REVOKE, assert_alive, assert_dead, assert_refused, is_let_in, refresh, refreshed, with_tokens};

/// Presents the token from all callers at once.
async fn at_once(callers: Vec<Client>, token: &str) -> Vec<Response> {
    let mut all = JoinSet::new();
    for caller in callers {
        let token = token.to_owned();
        all.spawn(async move { refresh(&caller, &token).await });
    }
    all.join_all().await
}

/// Asserts that all responses have a working access token and the same new refresh token. Returns the caller with them.
async fn one_successor(caller: &Client, responses: &[Response]) -> Client {
    let (mut refresh_tokens, mut access_tokens) = (HashSet::new(), HashSet::new());
    for response in responses {
        let winner = with_tokens(caller, response);
        assert!(is_let_in(&winner).await);
        refresh_tokens.insert(winner.refresh_token.clone());
        access_tokens.insert(winner.token.clone().unwrap());
    }
    assert_eq!((refresh_tokens.len(), access_tokens.len()), (1, responses.len()));
    assert!(!refresh_tokens.contains(&caller.refresh_token), "the token was not rotated");
    with_tokens(caller, &responses[0])
}

/// The ids of the sessions that are stored as revoked.
async fn revoked(app: &TestApp) -> Vec<String> {
    let sessions = app.items("sessions").await.into_iter().filter(|item| item.contains_key("revoked_at"));
    sessions.map(|item| item["id"].as_s().unwrap().clone()).collect()
}

fn part(token: &str, at: usize) -> &str {
    token.split('.').nth(at).unwrap()
}

fn session_id(caller: &Client) -> &str {
    part(&caller.refresh_token, 0)
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_refreshes_at_once_get_one_successor_and_a_late_replay_ends_the_session() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let responses = at_once(vec![user.clone(); 20], &user.refresh_token).await;
    let winner = one_successor(&user, &responses).await;
    assert_eq!((app.items("sessions").await.len(), revoked(&app).await.len()), (1, 0));
    app.clock.advance(SignedDuration::from_secs(60));
    let in_time = with_tokens(&user, &refresh(&user, &user.refresh_token).await);
    assert_eq!(in_time.refresh_token, winner.refresh_token);
    app.clock.advance(SignedDuration::from_secs(1));
    assert!(is_let_in(&winner).await);
    assert_refused(&refresh(&user, &user.refresh_token).await);
    assert_dead(&winner).await;
    assert_dead(&in_time).await;
    assert_eq!(revoked(&app).await, [session_id(&user)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_give_one_successor() {
    let app = TestApp::init().await;
    let (user, other) = (app.user().await, app.second_process());
    let twin = other.anon_like(&user);
    let callers = [user.clone(), twin.clone()].into_iter().cycle().take(20).collect();
    let responses = at_once(callers, &user.refresh_token).await;
    let winner = one_successor(&user, &responses).await;
    assert_eq!((app.items("sessions").await.len(), revoked(&app).await.len()), (1, 0));
    // Both processes accept the successor, and each replays the other's rotation.
    let next = with_tokens(&twin, &refresh(&twin, &winner.refresh_token).await);
    let replayed = with_tokens(&user, &refresh(&user, &winner.refresh_token).await);
    assert_eq!(replayed.refresh_token, next.refresh_token);
    assert_alive(&next).await;
}

#[tokio::test]
async fn revoking_takes_the_right_token() {
    let app = TestApp::init().await;
    let (alice, bob) = (app.user().await, app.user().await);
    let wrong_secret = format!("{}.{}", session_id(&alice), part(&bob.refresh_token, 1));
    let wrong_secret = format!("{wrong_secret}.{}", part(&bob.refresh_token, 2));
    for token in ["garbage", &wrong_secret, alice.token.as_deref().unwrap()] {
        assert_eq!(bob.post(REVOKE, json!({ "refresh_token": token })).await.status, 204);
    }
    let alice = assert_alive(&alice).await;
    for _ in 0..2 {
        assert_eq!(alice.post(REVOKE, json!({ "refresh_token": alice.refresh_token })).await.status, 204);
    }
    assert_dead(&alice).await;
    assert_eq!(revoked(&app).await, [session_id(&alice)]);
    assert_alive(&bob).await;
}

#[tokio::test]
async fn a_revoked_session_replays_nothing() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let next = refreshed(&user).await;
    assert_eq!(next.post(REVOKE, json!({ "refresh_token": next.refresh_token })).await.status, 204);
    // The first token is still within the 60 s in which it could be replayed.
    assert_dead(&user).await;
    assert_dead(&next).await;
}

#[tokio::test]
async fn the_right_session_with_a_wrong_family_costs_it_nothing() {
    let app = TestApp::init().await;
    let (alice, bob) = (app.user().await, app.user().await);
    let next = refreshed(&alice).await;
    for secret in [&alice.refresh_token, &next.refresh_token, &bob.refresh_token].map(|token| part(token, 2)) {
        let token = format!("{}.{}.{secret}", session_id(&alice), part(&bob.refresh_token, 1));
        assert_refused(&refresh(&bob, &token).await);
    }
    assert_eq!(revoked(&app).await.len(), 0);
    assert_alive(&next).await;
}

#[tokio::test]
async fn a_token_two_generations_old_ends_the_session_even_at_once() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let first = refreshed(&user).await;
    let second = refreshed(&first).await;
    // The previous token can come from a second tab. The token before it can't.
    assert_eq!(refreshed(&first).await.refresh_token, second.refresh_token);
    assert!(is_let_in(&second).await);
    assert_refused(&refresh(&user, &user.refresh_token).await);
    assert_eq!(revoked(&app).await, [session_id(&user)]);
    for caller in [&second, &first, &user] {
        assert_dead(caller).await;
    }
}

#[tokio::test]
async fn a_reuse_ends_its_own_session_only() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let (elsewhere, somebody) = (app.sign_in(&user.username).await, app.user().await);
    let thief = refreshed(&user).await;
    app.clock.advance(SignedDuration::from_secs(61));
    assert_refused(&refresh(&user, &user.refresh_token).await);
    assert_eq!(revoked(&app).await, [session_id(&user)]);
    assert_dead(&thief).await;
    assert_alive(&elsewhere).await;
    assert_alive(&somebody).await;
    assert_alive(&app.sign_in(&user.username).await).await;
}

/// Loses the responses to the first `times` updates of a session.
fn lose_responses(times: usize) -> impl FnMut(&Call) -> Option<Fault> + Send + 'static {
    let mut left = times;
    move |call| {
        let loses = call.is("UpdateItem", "sessions") && left > 0;
        loses.then(|| {
            left -= 1;
            Fault::LoseResponse
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_responses_of_the_database_cost_no_tokens() {
    let app = TestApp::init().await;
    for (times, tabs) in [(1, 1), (2, 1), (1, 5)] {
        let user = app.user().await;
        app.dynamo.fault(lose_responses(times));
        let responses = at_once(vec![user.clone(); tabs], &user.refresh_token).await;
        let winner = one_successor(&user, &responses).await;
        assert_alive(&winner).await;
    }
    assert_eq!(revoked(&app).await.len(), 0);
}

#[tokio::test]
async fn a_refresh_that_never_learnt_its_outcome_can_be_tried_again() {
    let app = TestApp::init().await;
    let user = app.user().await;
    app.dynamo.fault(lose_responses(3));
    let response = refresh(&user, &user.refresh_token).await;
    assert!(response.is(503, "unavailable"), "{} {}", response.status, response.body);
    assert!(response.header("retry-after").parse::<u32>().unwrap() >= 1);
    app.dynamo.heal();
    assert_alive(&refreshed(&user).await).await;
}
