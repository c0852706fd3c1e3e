//! Guesses at codes: five in five minutes and twenty a day, over all routes, for each user and epoch.

use jiff::SignedDuration;
use serde_json::json;
use tests::{Fault, PASSWORD, Response, TestApp};

use super::{NO_RECOVERY_CODE, Owner, assert_wrong, give, notices, refusal, wait};
use crate::{CHANGE, NEW, assert_alive, assert_dead, confirm, email_of, fields, reset_token, sign_in};

/// The guesses at once.
const BURST: usize = 5;
/// The guesses of a day.
const DAILY: usize = 20;

#[track_caller]
fn assert_limited(response: &Response) {
    assert!(response.is(429, "rate_limited"), "{} {}", response.status, response.body);
}

/// A wrong code, at each of the routes in turn.
async fn guess_at(app: &TestApp, owner: &Owner, turn: usize) -> Response {
    match turn % 4 {
        0 => owner.guess(app).await,
        1 => owner.recover(app, NO_RECOVERY_CODE).await,
        2 => owner.again("code", &owner.phone.wrong_code()).await,
        _ => owner.again("recovery_code", NO_RECOVERY_CODE).await,
    }
}

#[tokio::test]
async fn guesses_are_counted_per_user_and_epoch_at_all_routes() {
    let app = TestApp::init().await;
    let (owner, other) = (Owner::new(&app).await, Owner::new(&app).await);
    for turn in 0..BURST {
        let response = guess_at(&app, &owner, turn).await;
        let (field, by) = if turn % 2 == 0 { ("code", "totp") } else { ("recovery_code", "recovery_code") };
        assert_wrong(&response, field);
        assert_eq!(refusal(&response), (json!(owner.client.id), json!("wrong"), json!(by)));
    }
    // Then no code is looked at, at any route.
    for turn in 0..4 {
        assert_limited(&guess_at(&app, &owner, turn).await);
    }
    let challenge = owner.challenge(&app).await;
    assert_limited(&give(&app, &challenge, &owner.phone.code()).await);
    assert_limited(&owner.recover(&app, &owner.recovery_codes[0]).await);
    assert_limited(&owner.again("recovery_code", &owner.recovery_codes[0]).await);
    // Others have guesses of their own, and so has the owner after a new password.
    assert_wrong(&other.guess(&app).await, "code");
    let token = reset_token(&app, &email_of(&owner.client)).await;
    assert_eq!(confirm(&app, &token, NEW).await.status, 204);
    for _ in 0..BURST {
        let asked = sign_in(&app, &owner.client.username, NEW).await;
        let challenge = asked.json()["challenge"].as_str().unwrap().to_owned();
        assert_wrong(&give(&app, &challenge, &owner.phone.wrong_code()).await, "code");
    }
}

#[tokio::test]
async fn another_guess_is_free_after_a_minute() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    for _ in 0..BURST {
        assert_wrong(&owner.guess(&app).await, "code");
    }
    let refused = owner.guess(&app).await;
    assert_limited(&refused);
    let seconds: i64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    app.clock.advance(SignedDuration::from_secs(seconds));
    assert_wrong(&owner.guess(&app).await, "code");
    assert_limited(&owner.guess(&app).await);
}

#[tokio::test]
async fn twenty_guesses_are_all_of_a_day() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    for _ in 0..DAILY {
        assert_wrong(&owner.guess(&app).await, "code");
        wait(&app);
    }
    let seconds = refused_for(&owner.guess(&app).await).unwrap();
    assert!(seconds > 60, "{seconds}");
    app.clock.advance(SignedDuration::from_secs(seconds));
    assert_wrong(&owner.guess(&app).await, "code");
}

/// The seconds to wait, if the call was refused by a limit.
fn refused_for(response: &Response) -> Option<i64> {
    (response.status == 429).then(|| response.header("retry-after").parse().unwrap())
}

#[tokio::test]
async fn a_right_code_is_no_guess() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    for code in &owner.recovery_codes[..BURST + 2] {
        assert_eq!(owner.recover(&app, code).await.status, 200);
    }
    for _ in 0..BURST {
        assert_wrong(&owner.guess(&app).await, "code");
    }
}

#[tokio::test]
async fn without_its_counter_no_code_is_looked_at() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let (challenge, code) = (owner.challenge(&app).await, owner.phone.next_code());
    let id = owner.client.id.to_string();
    app.dynamo.fault(move |call| {
        let counter = call.body["Key"]["key"]["S"].as_str().unwrap_or_default();
        let counts_guesses = call.is("UpdateItem", "rate_limits") && counter.contains(&id);
        counts_guesses.then_some(Fault::Refuse("InternalServerError"))
    });
    for code in [&code, &owner.phone.wrong_code()] {
        let response = give(&app, &challenge, code).await;
        assert!(response.is(503, "unavailable"), "{} {}", response.status, response.body);
    }
    app.dynamo.heal();
    assert_eq!(give(&app, &challenge, &code).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn guesses_at_once_are_all_counted() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let wrong = owner.phone.wrong_code();
    let mut calls = Vec::new();
    for _ in 0..2 * BURST {
        let (caller, challenge) = (app.anon(), owner.challenge(&app).await);
        let body = json!({ "challenge": challenge, "code": wrong });
        calls.push(tokio::spawn(async move { caller.post(super::SECOND_FACTOR, body).await }));
    }
    let mut statuses = Vec::new();
    for call in calls {
        statuses.push(call.await.unwrap().status);
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [[422_u16; BURST], [429; BURST]].concat());
}

#[tokio::test]
async fn the_third_wrong_code_in_a_row_is_mailed() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    for (guesses, told) in [(2, 0), (2, 0), (3, 1)] {
        // A right code begins another row.
        owner.stepped_up().await;
        for _ in 0..guesses {
            assert_wrong(&owner.guess(&app).await, "code");
        }
        assert_eq!(notices(&app, "codes_guessed"), told, "{guesses} in a row");
        app.clock.advance(SignedDuration::from_mins(3));
    }
}

/// Wrong passwords and wrong codes count together.
#[tokio::test]
async fn the_fifth_wrong_code_in_a_row_ends_the_session() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let other = app.sign_in(&owner.client.username).await;
    let pause = || app.clock.advance(SignedDuration::from_secs(12));
    let change = json!({ "current_password": "not-the-password", "new_password": NEW });
    for at in 0..4 {
        let wrong = if at % 2 == 0 {
            owner.again("code", &owner.phone.wrong_code()).await
        } else {
            owner.client.post(CHANGE, change.clone()).await
        };
        assert_eq!(fields(&wrong), [if at % 2 == 0 { "code" } else { "current_password" }]);
        pause();
    }
    assert_wrong(&owner.again("recovery_code", NO_RECOVERY_CODE).await, "recovery_code");
    assert_dead(&owner.client).await;
    assert_alive(&other).await;
}

/// With a second factor, the password is not looked at.
#[tokio::test]
async fn a_password_instead_of_a_code_neither_counts_nor_begins_another_row() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    for _ in 0..4 {
        assert_wrong(&owner.again("code", &owner.phone.wrong_code()).await, "code");
        app.clock.advance(SignedDuration::from_secs(12));
    }
    for password in [PASSWORD, "not-the-password"] {
        assert!(owner.again("password", password).await.is(401, "second_factor_required"), "{password}");
    }
    wait(&app);
    assert_wrong(&owner.again("code", &owner.phone.wrong_code()).await, "code");
    assert_dead(&owner.client).await;
}
