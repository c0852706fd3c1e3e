use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tests::executable;
use tokio::process::Command as AsyncCommand;

use crate::{Local, call_with};

/// A user who does every action that has an event.
struct Actor<'a> {
    url: &'a str,
    address: [u8; 4],
    token: String,
    refresh_token: String,
    /// Secrets that must never be in the log.
    secrets: Vec<String>,
}

impl Actor<'_> {
    async fn call(&self, method: &str, path: &str, body: Value, status: u16) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let url = format!("{}{path}", self.url);
        let (got, response) = call_with(method, &url, self.address, &body, &self.token).await;
        assert_eq!(got, status, "{method} {path}: {response}");
        serde_json::from_str(&response).unwrap_or_default()
    }

    async fn tokens(&mut self, path: &str, body: Value) {
        let response = self.call("POST", path, body, 200).await;
        self.token = response["access_token"].as_str().unwrap().to_owned();
        self.refresh_token = response["refresh_token"].as_str().unwrap().to_owned();
        self.secrets.extend([self.token.clone(), self.refresh_token.clone()]);
    }

    async fn sign_in(&mut self, username: &str, password: &str) {
        self.token.clear();
        self.tokens("/v1/auth/token", json!({ "username": username, "password": password })).await;
    }

    async fn refresh(&mut self) {
        let body = json!({ "refresh_token": self.refresh_token });
        self.tokens("/v1/auth/token/refresh", body).await;
    }
}

async fn live_through_everything(actor: &mut Actor<'_>) {
    let (old, new) = ("nine-patient-herons", "seven-wandering-otters");
    actor.secrets.extend([old, new, identity::demo::PASSWORD, "grace@example.com"].map(str::to_owned));
    let sign_up = json!({ "username": "grace", "email": "grace@example.com", "password": old });
    let grace = actor.call("POST", "/v1/users", sign_up, 201).await;
    actor.call("POST", "/v1/auth/token", json!({ "username": "grace", "password": new }), 401).await;
    actor.sign_in("grace", old).await;
    let change = json!({ "current_password": old, "new_password": new });
    actor.call("POST", "/v1/users/me/password", change, 204).await;
    actor.call("GET", "/v1/users", Value::Null, 403).await;
    let first = actor.refresh_token.clone();
    actor.refresh().await;
    actor.refresh().await;
    actor.call("POST", "/v1/auth/token/refresh", json!({ "refresh_token": first }), 401).await;
    actor.call("GET", "/v1/users/me", Value::Null, 401).await;
    actor.address = [127, 0, 2, 2];
    actor.sign_in("superuser", identity::demo::PASSWORD).await;
    let path = format!("/v1/users/{}", grace["id"].as_str().unwrap());
    actor.call("PATCH", &path, json!({ "is_staff": true }), 200).await;
    actor.call("DELETE", "/v1/auth/sessions", Value::Null, 204).await;
    actor.address = [127, 0, 2, 3];
    // Its session has ended, and a token that is not valid is refused even where none is needed.
    actor.token.clear();
    for _ in 0..10 {
        actor.call("POST", "/v1/auth/verify-email", json!({ "token": "x", "password": "x" }), 422).await;
    }
    actor.call("POST", "/v1/auth/verify-email", json!({ "token": "x", "password": "x" }), 429).await;
}

async fn start(folder: &Path) -> Local {
    let mut command = AsyncCommand::new(executable("local"));
    command.args(["--port", "0", "--db-port", "0", "--data", folder.join("data").to_str().unwrap()]);
    Local::ready_with(command, Stdio::from(std::fs::File::create(folder.join("log")).unwrap())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_action_has_its_event_and_no_event_has_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let local = start(folder.path()).await;
    let (token, refresh_token) = (String::new(), String::new());
    let mut actor = Actor { url: &local.url, address: [127, 0, 2, 1], token, refresh_token, secrets: Vec::new() };
    live_through_everything(&mut actor).await;
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    let events: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    for name in [
        "key_published",
        "password_changed",
        "rate_limited",
        "refresh_reused",
        "request",
        "role_refused",
        "roles_changed",
        "session_revoked",
        "sign_in_failed",
        "sign_in_succeeded",
        "token_refused",
        "user_created",
    ] {
        assert!(events.iter().any(|event| event["event"] == name), "no event {name}: {log}");
    }
    let refused = events.iter().filter(|event| event["event"] == "token_refused");
    let reasons: Vec<&str> = refused.map(|event| event["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["refresh_reused", "session_revoked"]);
    // The greeting names the demo password. Its lines are not events.
    let lines: Vec<&str> = log.lines().filter(|line| line.starts_with('{')).collect();
    tests::record::log_lines(&lines.join("\n"));
    for secret in &actor.secrets {
        assert!(!lines.iter().any(|line| line.contains(secret)), "{secret} is in the log");
    }
}
