//! `POST /v1/auth/reauthenticate`, and what a stolen token can't do without it.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Client, Fault, Forge, PASSWORD, Response, TestApp};

use crate::{
    CHANGE, ME, NEW, REAUTHENTICATE, REVOKE, SESSIONS, assert_alive, assert_dead, assert_refused, fields, refreshed,
};

const CURRENT: &str = "/v1/auth/sessions/current";

/// The longest time since an authentication that counts as recent.
const RECENT: SignedDuration = SignedDuration::from_secs(300);
const SECOND: SignedDuration = SignedDuration::from_secs(1);

async fn reauthenticate(caller: &Client) -> Response {
    caller.post(REAUTHENTICATE, json!({ "password": PASSWORD })).await
}

/// The caller with a token of another authentication.
async fn stepped_up(caller: &Client) -> Client {
    let response = reauthenticate(caller).await;
    assert_eq!(response.status, 200, "{}", response.body);
    caller.with_token(response.json()["access_token"].as_str().unwrap())
}

/// Makes a user staff.
async fn promote(by: &Client, user: &Client) -> Response {
    by.patch(&format!("/v1/users/{}", user.id), json!({ "is_staff": true })).await
}

fn path(session: &Client) -> String {
    format!("{SESSIONS}/{}", session.refresh_token.split('.').next().unwrap())
}

#[track_caller]
fn assert_step_up(response: &Response) {
    assert!(response.is(401, "reauthentication_required"), "{} {}", response.status, response.body);
    let challenge = r#"Bearer error="insufficient_user_authentication", error_description="A recent authentication is required", max_age=300"#;
    assert_eq!(response.header("www-authenticate"), challenge);
}

#[tokio::test]
async fn a_stolen_token_changes_no_roles() {
    let app = TestApp::init().await;
    let (superuser, accomplice) = (app.superuser().await, app.user().await);
    app.clock.advance(RECENT + SECOND);
    let thief = app.anon_like(&superuser).at("198.51.100.66");
    assert_step_up(&promote(&thief, &accomplice).await);
    let before = app.items("users").await;
    // The thief has the refresh token, too, and it never gives a recent token.
    let thief = refreshed(&thief).await;
    assert_step_up(&promote(&thief, &accomplice).await);
    // The owner authenticates again in the same session. The thief gains nothing from that.
    let owner = stepped_up(&superuser).await;
    let thief = refreshed(&thief).await;
    assert_step_up(&promote(&thief, &accomplice).await);
    assert_step_up(&promote(&superuser, &accomplice).await);
    assert_eq!(app.items("users").await.len(), before.len());
    assert!(app.items("users").await.iter().all(|user| before.contains(user)), "no user changed");
    // A guess is a wrong password.
    let guess = thief.post(REAUTHENTICATE, json!({ "password": "not-the-password" })).await;
    assert_eq!(fields(&guess), ["password"]);
    // The owner's new token changes roles, for 5 minutes.
    assert_eq!(promote(&owner, &accomplice).await.status, 200);
    app.clock.advance(RECENT);
    assert_eq!(promote(&owner, &accomplice).await.status, 200);
    app.clock.advance(SECOND);
    assert_step_up(&promote(&owner, &accomplice).await);
}

#[tokio::test]
async fn a_stolen_token_ends_no_session_but_its_own() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let (phone, tablet) = (app.sign_in(&user.username).await, app.sign_in(&user.username).await);
    app.clock.advance(RECENT + SECOND);
    // Neither another session, nor its own by its id, nor one that there is not.
    let unknown = format!("{SESSIONS}/none");
    for path in [path(&phone), path(&user), unknown] {
        assert_step_up(&user.delete(&path).await);
    }
    let user = refreshed(&user).await;
    assert_step_up(&user.delete(&path(&phone)).await);
    assert_alive(&phone).await;
    let again = stepped_up(&user).await;
    assert_eq!(again.delete(&path(&phone)).await.status, 204);
    assert_dead(&phone).await;
    // Ending the session in use only takes away, so it needs no password.
    let response = tablet.delete(CURRENT).await;
    assert_eq!((response.status, response.body.as_str()), (204, ""));
    let events = response.events();
    let [event] = &events.iter().filter(|event| event["event"] == "session_revoked").collect::<Vec<_>>()[..] else {
        panic!("{events:?}")
    };
    assert_eq!((&event["user"], &event["session"]), (&json!(tablet.id), &session_of(&tablet)));
    assert_dead(&tablet).await;
    assert_refused(&tablet.delete(CURRENT).await);
    assert_alive(&user).await;
    assert_eq!(user.delete(SESSIONS).await.status, 204, "signing out everywhere neither");
}

fn session_of(caller: &Client) -> Value {
    Forge::claims(caller.token.as_ref().unwrap())["sid"].clone()
}

#[tokio::test]
async fn another_authentication_gives_an_access_token_of_the_same_session_and_nothing_else() {
    let app = TestApp::init().await;
    let user = app.user().await;
    app.clock.advance(SignedDuration::from_mins(10));
    app.dynamo.take_calls();
    let response = reauthenticate(&user).await;
    let members: Vec<String> = response.json().as_object().unwrap().keys().cloned().collect();
    assert_eq!(members, ["access_token", "expires_in", "token_type"]);
    assert_eq!((&response.json()["token_type"], &response.json()["expires_in"]), (&json!("bearer"), &json!(900)));
    let (before, after) =
        (Forge::claims(user.token.as_ref().unwrap()), Forge::claims(response.json()["access_token"].as_str().unwrap()));
    for claim in ["iss", "aud", "sub", "sid", "is_staff", "is_superuser", "acr", "amr"] {
        assert_eq!(before[claim], after[claim], "{claim}");
    }
    assert_ne!(before["jti"], after["jti"]);
    assert_eq!(
        (&after["auth_time"], &after["iat"]),
        (&json!(before["iat"].as_i64().unwrap() + 600), &after["auth_time"])
    );
    let events: Vec<_> = response.events().into_iter().filter(|event| event["event"] != "request").collect();
    let event = events.iter().find(|event| event["event"] == "reauthenticated").unwrap_or_else(|| panic!("{events:?}"));
    assert_eq!(
        (&event["user"], &event["session"], &event["outcome"]),
        (&json!(user.id), &session_of(&user), &Value::Null)
    );
    // The refresh token is the one from before.
    assert_alive(&user).await;
}

#[tokio::test]
async fn another_authentication_needs_a_live_session() {
    let app = TestApp::init().await;
    let user = app.user().await;
    assert!(app.anon().post(REAUTHENTICATE, json!({ "password": PASSWORD })).await.is(403, "token_missing"));
    for (body, wrong) in [
        (json!({}), vec![""]),
        (json!({ "password": 1 }), vec!["password"]),
        (json!({ "password": "" }), vec!["password"]),
        (json!({ "password": "x".repeat(129) }), vec!["password"]),
        (json!({ "password": PASSWORD, "code": "123456" }), vec![""]),
        (json!({ "password": PASSWORD, "passkey": "x" }), vec!["", "passkey"]),
    ] {
        app.clock.advance(SignedDuration::from_secs(12));
        assert_eq!(fields(&user.post(REAUTHENTICATE, body.clone()).await), wrong, "{body}");
    }
    app.clock.advance(SignedDuration::from_secs(12));
    assert_eq!(user.post(REVOKE, json!({ "refresh_token": user.refresh_token })).await.status, 204);
    assert_refused(&reauthenticate(&user).await);
}

#[tokio::test]
async fn a_session_that_ends_meanwhile_gives_no_token() {
    let app = TestApp::init().await;
    let user = app.user().await;
    // The gate and the password's check passed before the session ended.
    let failed = json!({ "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException" });
    app.dynamo.fault(move |call| call.is("UpdateItem", "sessions").then(|| Fault::Fail(failed.clone())));
    let response = reauthenticate(&user).await;
    assert_refused(&response);
    assert!(response.events().iter().all(|event| event["event"] != "reauthenticated"), "{:?}", response.events());
}

#[tokio::test]
async fn another_authentication_is_recorded_before_it_is_answered() {
    let app = TestApp::init().await;
    let user = app.user().await;
    app.clock.advance(RECENT + SECOND);
    app.dynamo.fault(|call| call.is("UpdateItem", "sessions").then_some(Fault::Refuse("ThrottlingException")));
    assert!(reauthenticate(&user).await.is(503, "unavailable"));
    app.dynamo.heal();
    // An answer that is lost on the way to the client leaves a session that others can't use.
    assert_step_up(&refreshed(&user).await.delete(&path(&user)).await);
    assert_eq!(stepped_up(&user).await.delete(&path(&user)).await.status, 204);
}

/// A thief in the same session who knows the old password must not stay recent with it.
#[tokio::test]
async fn a_new_password_keeps_the_session_and_no_recent_token_from_before() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let other = app.sign_in(&user.username).await;
    app.clock.advance(RECENT + SECOND);
    let again = stepped_up(&user).await;
    let change = json!({ "current_password": PASSWORD, "new_password": NEW });
    assert_eq!(again.post(CHANGE, change).await.status, 204);
    assert_step_up(&again.delete(&path(&other)).await);
    assert_eq!(again.get(ME).await.status, 200);
    app.clock.advance(SECOND);
    let with_new = user.post(REAUTHENTICATE, json!({ "password": NEW })).await;
    let with_new = user.with_token(with_new.json()["access_token"].as_str().unwrap());
    assert_eq!(with_new.delete(&path(&user)).await.status, 204);
}

/// A sign-in with the new password is recent at once.
#[tokio::test]
async fn a_sign_in_right_after_a_new_password_is_recent() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let change = json!({ "current_password": PASSWORD, "new_password": NEW });
    assert_eq!(user.post(CHANGE, change).await.status, 204);
    let signed_in = crate::with_tokens(&app.anon(), &crate::sign_in(&app, &user.username, NEW).await);
    assert_eq!(signed_in.delete(&path(&user)).await.status, 204);
}
