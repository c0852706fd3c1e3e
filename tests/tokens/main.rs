//! Access tokens: bad ones, the keys they are signed with, and the live check behind them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod account_states;
mod authentication;
mod claims;
mod header;
mod keys;
mod rotation;
mod starts;

use serde_json::{Value, json};
use tests::{Client, Forge, Response, SEED, TestApp};

/// An endpoint for any signed-in user.
const SIGNED_IN: &str = "/v1/users/me";

/// A signed-in user, and a forger with the signing seed. So a forged token has only the fault that a test gives it.
struct Bench {
    app: TestApp,
    caller: Client,
    forge: Forge,
    claims: Value,
}

impl Bench {
    async fn init() -> Self {
        let app = TestApp::init().await;
        let caller = app.user().await;
        let claims = Forge::claims(caller.token.as_ref().unwrap());
        let bench = Self { app, caller, forge: Forge::new(SEED), claims };
        let forged = bench.forge.sign(&bench.forge.header(), &bench.claims);
        assert_eq!(bench.get(&forged).await.status, 200, "an unchanged forged token is accepted");
        bench
    }

    /// A properly signed token with a field of the header added or replaced.
    fn with_header(&self, name: &str, value: Value) -> String {
        let mut header = self.forge.header();
        header[name] = value;
        self.forge.sign(&header, &self.claims)
    }

    /// A properly signed token with a claim added or replaced.
    fn with_claim(&self, name: &str, value: Value) -> String {
        self.with_claims(&[(name, value)])
    }

    fn with_claims(&self, changed: &[(&str, Value)]) -> String {
        let mut claims = self.claims.clone();
        for (name, value) in changed {
            claims[*name] = value.clone();
        }
        self.forge.sign(&self.forge.header(), &claims)
    }

    /// A properly signed token with a claim of this raw text, which need not be JSON.
    fn with_raw_claim(&self, name: &str, text: &str) -> String {
        let mut claims = self.claims.clone();
        claims[name] = json!("@");
        self.forge.sign_text(&self.forge.header().to_string(), &claims.to_string().replacen("\"@\"", text, 1))
    }

    /// A properly signed token without a claim.
    fn without_claim(&self, name: &str) -> String {
        let mut claims = self.claims.clone();
        claims.as_object_mut().unwrap().remove(name).unwrap();
        self.forge.sign(&self.forge.header(), &claims)
    }

    async fn get(&self, token: &str) -> Response {
        self.caller.with_token(token).get(SIGNED_IN).await
    }

    async fn accepted(&self, what: &str, token: &str) {
        let response = self.get(token).await;
        assert_eq!(response.status, 200, "{what}: {}", response.body);
    }

    async fn invalid(&self, what: &str, token: &str) {
        assert_invalid(what, &self.get(token).await);
    }

    async fn expired(&self, what: &str, token: &str) {
        assert_expired(what, &self.get(token).await);
    }
}

/// Asserts the response that all bad tokens get.
fn assert_invalid(what: &str, response: &Response) {
    assert_unauthorized(what, response, "token_invalid", "The token is not valid");
}

fn assert_expired(what: &str, response: &Response) {
    assert_unauthorized(what, response, "token_expired", "The token has expired");
}

fn assert_unauthorized(what: &str, response: &Response, code: &str, detail: &str) {
    let mut body = response.json();
    let request_id = body.as_object_mut().and_then(|body| body.remove("request_id"));
    assert!(request_id.is_some_and(|id| id.is_string()), "{what}: {}", response.body);
    let problem = json!({
        "type": "about:blank", "title": "Unauthorized", "status": 401, "detail": format!("{detail}."), "code": code
    });
    assert_eq!((response.status, body), (401, problem), "{what}");
    let challenge = format!(r#"Bearer error="invalid_token", error_description="{detail}""#);
    assert_eq!(response.header("www-authenticate"), challenge, "{what}");
    assert_eq!(response.header("cache-control"), "no-store", "{what}");
}

/// Asserts a 503 with `Retry-After`, which does not judge the token.
fn assert_unavailable(what: &str, response: &Response) {
    assert!(response.is(503, "unavailable"), "{what}: {} {}", response.status, response.body);
    assert!(response.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds >= 1), "{what}");
    assert_eq!(response.header("www-authenticate"), "", "{what}");
}
