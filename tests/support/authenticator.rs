//! Authenticator apps of users: adds them, and signs in with them.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use http::Method;
use serde_json::json;

use crate::app::TestApp;
use crate::client::{Client, Response};
use crate::forge::Forge;
use crate::totp::Authenticator;

const FACTORS: &str = "/v1/users/me/factors";

/// A factor that works, and the recovery codes that came with it.
pub struct Enrolled {
    /// The app with the factor's secret.
    pub authenticator: Arc<Authenticator>,
    /// The recovery codes, none of which was used.
    pub recovery_codes: Vec<String>,
}

impl Authenticator {
    /// The authenticator of a factor that the response of `POST /v1/users/me/factors` offers, if it offers one.
    pub fn offered(app: &TestApp, response: &Response) -> Option<Self> {
        if response.status != 201 {
            return None;
        }
        let offer = response.json();
        Some(Self::new(offer["id"].as_str()?, offer["secret"].as_str()?, app.clock.clone()))
    }

    /// Asks for a factor of the user, and takes over its secret.
    pub async fn begin(app: &TestApp, user: &Client) -> Self {
        let response = user.send(Method::POST, FACTORS, None).await;
        let offered = Self::offered(app, &response);
        offered.unwrap_or_else(|| panic!("{} {}", response.status, response.body))
    }

    /// Signs in with the password and the next code, from a new address.
    pub async fn sign_in(&self, app: &TestApp, username: &str) -> Client {
        app.sign_in_with_code(username, &self.next_code()).await
    }

    /// Proves that the app has the secret. `mailed` is the code that was mailed, if this is the first factor.
    pub async fn confirm(&self, user: &Client, mailed: Option<&str>) -> Response {
        let mut body = json!({ "code": self.next_code() });
        if let Some(mailed) = mailed {
            body["mailed_code"] = json!(mailed);
        }
        user.post(&format!("{FACTORS}/{}/confirm", self.id), body).await
    }
}

/// The code in a mail, such as `ABCD-2345`.
pub fn mailed_code(mail: &str) -> Option<&str> {
    let is_code = |word: &&str| {
        let is_base32 = |part: &str| part.len() == 4 && part.bytes().all(|c| matches!(c, b'A'..=b'Z' | b'2'..=b'7'));
        word.split_once('-').is_some_and(|(first, second)| is_base32(first) && is_base32(second))
    };
    mail.split_whitespace().map(|word| word.trim_end_matches(['.', ',', ':'])).find(is_code)
}

/// Gives the user a first factor, which ends all sessions of the user. [`TestApp::sign_in`] uses it from now on.
pub async fn enrol(app: &TestApp, user: &Client) -> Enrolled {
    let authenticator = Authenticator::begin(app, user).await;
    confirmed(app, user, authenticator).await
}

/// Confirms a first factor of the user.
async fn confirmed(app: &TestApp, user: &Client, authenticator: Authenticator) -> Enrolled {
    let me = user.get("/v1/users/me").await.json();
    let mailed = app.mailed_code(me["email"].as_str().unwrap()).await;
    let confirmed = authenticator.confirm(user, Some(&mailed)).await;
    let recovery_codes = recovery_codes(&confirmed);
    let authenticator = Arc::new(authenticator);
    app.authenticators.lock().unwrap().insert(user.username.clone(), authenticator.clone());
    Enrolled { authenticator, recovery_codes }
}

/// The recovery codes in a response.
#[track_caller]
pub fn recovery_codes(response: &Response) -> Vec<String> {
    assert!([200, 201].contains(&response.status), "{} {}", response.status, response.body);
    let body = response.json();
    let codes = body["recovery_codes"].as_array().unwrap_or_else(|| panic!("{body}"));
    codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect()
}

/// Gives the user a first factor, and lets the session in use outlive that, so that calls of this very session can be
/// measured. `None` if the user is not admitted.
pub async fn enrol_in_session(app: &TestApp, user: &Client) -> Option<Enrolled> {
    let offer = user.send(Method::POST, FACTORS, None).await;
    let authenticator = Authenticator::offered(app, &offer)?;
    let enrolled = confirmed(app, user, authenticator).await;
    let id = AttributeValue::S(user.id.to_string());
    let users = app.items("users").await;
    let epoch = users.iter().find(|item| item["id"] == id).unwrap()["epoch"].clone();
    let session = Forge::claims(user.token.as_ref().unwrap())["sid"].as_str().unwrap().to_owned();
    app.set("sessions", ("id", &session), "epoch", epoch).await;
    app.set("sessions", ("id", &session), "amr", AttributeValue::S("pwd otp mfa".to_owned())).await;
    Some(enrolled)
}

/// Gives the user's name and the password, from a new address. Returns the challenge for the second factor.
pub async fn challenge(app: &TestApp, username: &str) -> String {
    app.challenge(username).await
}
