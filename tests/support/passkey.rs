//! Passkeys of users, made and used by an authenticator in software.

use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Method;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::{Client, Response};
use crate::site::{ORIGIN, PASSKEY_DOMAIN};

#[path = "../../shared/passkeys/src/tests/authenticator.rs"]
pub mod authenticator;

use authenticator::{Answer, Key, PRESENT, VERIFIED};

/// Where the options of a new passkey are.
pub const PASSKEY_OPTIONS: &str = "/v1/users/me/passkeys/options";
/// Where passkeys are added.
pub const PASSKEYS: &str = "/v1/users/me/passkeys";
/// Where the options of a sign-in are.
pub const PASSKEY_CHALLENGE: &str = "/v1/auth/passkey/options";
/// Where a passkey signs in.
pub const PASSKEY_TOKEN: &str = "/v1/auth/token/passkey";

/// A passkey whose authenticator counts its uses.
pub struct Passkey {
    /// The id of the factor. Empty until it is added.
    pub factor: String,
    /// The credential's id.
    pub id: Vec<u8>,
    /// The user handle.
    pub user: Vec<u8>,
    key: Key,
    counter: AtomicU32,
}

impl Passkey {
    /// A passkey by options to make one, and the response for the API.
    pub fn make(options: &Value) -> (Self, Value) {
        Self::make_with(options, |_| ())
    }

    /// The same with a change of the response before it is made.
    pub fn make_with(options: &Value, change: impl FnOnce(&mut Answer)) -> (Self, Value) {
        let user = decode(&options["public_key"]["user"]["id"]);
        let id = auth::random::<16>(&auth::OsEntropy).unwrap().to_vec();
        let passkey = Self { factor: String::new(), id, user, key: Key::es256(), counter: AtomicU32::new(0) };
        let mut answer = passkey.answer("webauthn.create", options);
        change(&mut answer);
        let response = serde_json::from_slice(&answer.register(&passkey.key)).unwrap();
        (passkey, response)
    }

    /// Adds a passkey to the account of a user with an authenticator app.
    pub async fn add(user: &Client) -> Self {
        let (passkey, credential) = Self::make(&creation_options(user).await.json());
        let added = user.post(PASSKEYS, json!({ "credential": credential })).await;
        assert_eq!(added.status, 201, "{}", added.body);
        Self { factor: added.json()["id"].as_str().unwrap().to_owned(), ..passkey }
    }

    fn answer(&self, ceremony: &'static str, options: &Value) -> Answer {
        Answer {
            ceremony,
            challenge: decode(&options["public_key"]["challenge"]),
            origin: ORIGIN,
            frame: r#","crossOrigin":false"#,
            rp_id: PASSKEY_DOMAIN,
            flags: PRESENT | VERIFIED,
            counter: self.counter.fetch_add(1, Ordering::Relaxed),
            id: self.id.clone(),
            user: self.user.clone(),
        }
    }

    /// The response to options of a sign-in.
    pub fn respond(&self, options: &Value) -> Value {
        self.respond_with(options, |_| ())
    }

    /// The response with a change before it is signed.
    pub fn respond_with(&self, options: &Value, change: impl FnOnce(&mut Answer)) -> Value {
        self.respond_by(&self.key, options, change)
    }

    /// The response with the signature of another key.
    pub fn respond_by(&self, key: &Key, options: &Value, change: impl FnOnce(&mut Answer)) -> Value {
        let mut answer = self.answer("webauthn.get", options);
        change(&mut answer);
        serde_json::from_slice(&answer.sign(key)).unwrap()
    }

    /// The response to a new challenge.
    pub async fn response(&self, app: &TestApp) -> Value {
        self.respond(&request_options(app).await)
    }

    /// Signs in from a new address.
    pub async fn sign_in(&self, app: &TestApp) -> Response {
        give_passkey(app, self.response(app).await).await
    }
}

/// Options to make a passkey.
pub async fn creation_options(user: &Client) -> Response {
    user.send(Method::POST, PASSKEY_OPTIONS, None).await
}

/// Options to sign in, asked for from a new address.
pub async fn request_options(app: &TestApp) -> Value {
    let response = app.anon().send(Method::POST, PASSKEY_CHALLENGE, None).await;
    assert_eq!(response.status, 200, "{}", response.body);
    response.json()
}

/// Gives a response of a passkey, from a new address.
pub async fn give_passkey(app: &TestApp, credential: Value) -> Response {
    app.anon().post(PASSKEY_TOKEN, json!({ "credential": credential })).await
}

fn decode(text: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap()
}
