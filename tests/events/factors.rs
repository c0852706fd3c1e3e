//! Refused challenges, codes and changes of second factors.

use http::Method;
use serde_json::json;
use tests::{Client, PASSWORD, Response, TestApp, challenge, enrol};

use crate::{Refusal, Seen, one};

const SECOND_FACTOR: &str = "/v1/auth/token/second-factor";
const REAUTHENTICATE: &str = "/v1/auth/reauthenticate";
const FACTORS: &str = "/v1/users/me/factors";

/// A call without a body.
async fn post(caller: &Client, path: &str) -> Response {
    caller.send(Method::POST, path, None).await
}

pub async fn refused() -> Seen<Refusal> {
    let app = TestApp::init().await;
    let user = app.user().await;
    let phone = enrol(&app, &user).await.authenticator;
    let no_challenge = app.anon().post(SECOND_FACTOR, json!({ "challenge": "garbage", "code": "123456" })).await;
    // Processes that have no keys in hand.
    let mut without_keys = Vec::new();
    for keys in ["no keys", r#"{"2":"0707070707070707070707070707070707070707070707070707070707070707"}"#] {
        std::fs::write(app.sealing_keys_file(), keys).unwrap();
        let body = json!({ "challenge": challenge(&app, &user.username).await, "code": phone.next_code() });
        without_keys.push(app.second_process().anon().post(SECOND_FACTOR, body).await);
    }
    let [no_keys, no_key]: [Response; 2] = without_keys.try_into().unwrap_or_else(|_| panic!("two calls"));
    vec![
        (("sign_in_failed", "challenge"), no_challenge),
        (("unavailable", "sealing_key"), no_keys),
        (("unavailable", "sealing_key"), no_key),
    ]
}

pub async fn inputs() -> Seen<&'static str> {
    let app = TestApp::init().await;
    let new = json!({ "username": "ada", "email": "ada@example.com", "password": PASSWORD });
    assert_eq!(app.anon().post("/v1/users", new).await.status, 201);
    let (unverified, user) = (app.sign_in("ada").await, app.user().await);
    enrol(&app, &user).await;
    let owner = app.sign_in(&user.username).await;
    vec![
        ("email_not_verified", post(&unverified, FACTORS).await),
        ("factor_exists", post(&owner, FACTORS).await),
        ("no_factor", post(&unverified, "/v1/users/me/recovery-codes").await),
        ("second_factor_required", owner.post(REAUTHENTICATE, json!({ "password": PASSWORD })).await),
    ]
}

/// A wrong code is an error of the input, and its event is counted.
#[tokio::test]
async fn a_wrong_code_is_counted_by_a_metric() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let phone = enrol(&app, &user).await.authenticator;
    let body = json!({ "challenge": challenge(&app, &user.username).await, "code": phone.wrong_code() });
    let lines = app.anon().post(SECOND_FACTOR, body).await.events();
    let line = one(&lines, "code_refused");
    assert_eq!((&line["user"], &line["reason"], &line["by"]), (&json!(user.id), &json!("wrong"), &json!("totp")));
    assert_eq!(crate::emitted::counts(&lines), [("CodesRefused".to_owned(), 1)]);
    assert_eq!(one(&lines, "request")["reason"], "validation_failed");
}
