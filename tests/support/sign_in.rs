//! Signs users in.

use serde_json::json;

use crate::app::{PASSWORD, TestApp};
use crate::client::Client;

impl TestApp {
    /// Signs in with [`PASSWORD`] from a new address, and with a code if the user has an authenticator.
    pub async fn sign_in(&self, username: &str) -> Client {
        let authenticator = self.authenticators.lock().unwrap().get(username).cloned();
        if let Some(authenticator) = authenticator {
            return self.sign_in_with_code(username, &authenticator.next_code()).await;
        }
        let caller = self.anon();
        let response = caller.post("/v1/auth/token", json!({ "username": username, "password": PASSWORD })).await;
        caller.signed_in(username, &response)
    }

    /// Signs in with [`PASSWORD`] and a code of the user's authenticator, from a new address.
    pub async fn sign_in_with_code(&self, username: &str, code: &str) -> Client {
        let body = json!({ "challenge": self.challenge(username).await, "code": code });
        let caller = self.anon();
        let response = caller.post("/v1/auth/token/second-factor", body).await;
        caller.signed_in(username, &response)
    }

    /// Gives the user's name and [`PASSWORD`], from a new address. Returns the challenge for the second factor.
    pub async fn challenge(&self, username: &str) -> String {
        let asked = self.anon().post("/v1/auth/token", json!({ "username": username, "password": PASSWORD })).await;
        assert!(asked.is(401, "second_factor_required"), "{} {}", asked.status, asked.body);
        asked.json()["challenge"].as_str().unwrap().to_owned()
    }
}
