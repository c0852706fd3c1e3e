//! Passkeys: made by a software authenticator, and used alone, after the password, and in a session.

mod adding;
mod beside_password;
mod refused;
mod removal;
mod sign_in;

use std::sync::Arc;

use serde_json::{Value, json};
use tests::{Authenticator, Client, Forge, Passkey, Response, TestApp, enrol};

const FACTORS: &str = "/v1/users/me/factors";

/// A user with an authenticator app and a passkey.
struct Owner {
    client: Client,
    phone: Arc<Authenticator>,
    passkey: Passkey,
}

impl Owner {
    async fn new(app: &TestApp) -> Self {
        let (client, phone) = with_app(app).await;
        let passkey = Passkey::add(&client).await;
        Self { client, phone, passkey }
    }
}

/// A user with an authenticator app, signed in, and the app.
async fn with_app(app: &TestApp) -> (Client, Arc<Authenticator>) {
    let user = app.user().await;
    let phone = enrol(app, &user).await.authenticator;
    (app.sign_in(&user.username).await, phone)
}

/// Asserts that a sign-in is refused without a reason. The log has this one.
#[track_caller]
fn assert_refused(response: &Response, reason: &str) {
    assert!(response.is(401, "credentials_invalid"), "{reason}: {} {}", response.status, response.body);
    let failed = events(response, "sign_in_failed");
    assert_eq!((failed.len(), &failed[0]["reason"]), (1, &json!(reason)), "{failed:?}");
}

/// Asserts that this field is refused.
#[track_caller]
fn assert_invalid(response: &Response, field: &str) {
    assert!(response.is(422, "validation_failed"), "{} {}", response.status, response.body);
    assert_eq!(response.json()["errors"], json!([{ "field": field, "message": "is not valid" }]));
}

/// The response's events with this name.
fn events(response: &Response, name: &str) -> Vec<Value> {
    response.events().into_iter().filter(|event| event["event"] == name).collect()
}

/// The claims of the access token in a response.
#[track_caller]
fn claims(response: &Response) -> Value {
    assert_eq!(response.status, 200, "{}", response.body);
    Forge::claims(response.json()["access_token"].as_str().unwrap())
}

/// The factors of the client, as listed.
async fn listed(client: &Client) -> Vec<Value> {
    client.get(FACTORS).await.json()["factors"].as_array().unwrap().clone()
}

/// The number of waiting notices of a kind.
fn notices(app: &TestApp, kind: &str) -> usize {
    let kind = format!(r#""notice":"{kind}""#);
    app.waiting_notices().iter().filter(|job| job.contains(&kind)).count()
}
