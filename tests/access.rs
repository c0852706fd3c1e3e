//! The access matrix: every endpoint of the catalogue, called by everybody there is. An endpoint without a row fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;

use auth::{Level, Roles};
use aws_sdk_dynamodb::types::AttributeValue;
use axum::http::Method;
use functions::CATALOGUE;
use jiff::SignedDuration;
use local::{Grant, Template};
use serde_json::{Value, json};
use tests::{Caller, Forge, PASSWORD, Response, TestApp};

/// A good call of the endpoint: path, body, and the status when it succeeds.
async fn row(app: &TestApp, endpoint: &str, caller: &Caller) -> Option<(String, Option<Value>, u16)> {
    let product = || async { app.product("Kettle").await };
    Some(match endpoint {
        "email_verify" => {
            let name = sign_up(app).await;
            let token = app.mailed_token(&format!("{name}@example.com")).await;
            ("/v1/auth/verify-email".to_owned(), Some(json!({ "token": token })), 204)
        }
        "password_change" => {
            let body = json!({ "current_password": PASSWORD, "new_password": "nine-patient-herons" });
            ("/v1/users/me/password".to_owned(), Some(body), 204)
        }
        "password_reset" => ("/v1/auth/password-reset".to_owned(), Some(json!({ "email": "ada@example.com" })), 202),
        "password_reset_confirm" => {
            let email = format!("{}@example.com", app.user().await.username);
            app.anon().post("/v1/auth/password-reset", json!({ "email": email })).await;
            let body = json!({ "token": app.mailed_token(&email).await, "new_password": "nine-patient-herons" });
            ("/v1/auth/password-reset/confirm".to_owned(), Some(body), 204)
        }
        "sessions_list" => ("/v1/auth/sessions".to_owned(), None, 200),
        "sessions_revoke" => {
            let session = caller.refresh_token.split('.').next().filter(|id| !id.is_empty()).unwrap_or("none");
            (format!("/v1/auth/sessions/{session}"), None, 204)
        }
        "sessions_revoke_all" => ("/v1/auth/sessions".to_owned(), None, 204),
        "favorites_add" => (format!("/v1/products/{}/favorite", product().await), None, 204),
        "favorites_list" => ("/v1/products/favorites".to_owned(), None, 200),
        "favorites_remove" => (format!("/v1/products/{}/favorite", product().await), None, 204),
        "health" => ("/v1/health".to_owned(), None, 200),
        "jwks" => ("/.well-known/jwks.json".to_owned(), None, 200),
        "products_create" => ("/v1/products".to_owned(), Some(json!({ "name": "Pan", "price": "1.00" })), 201),
        "products_delete" => (format!("/v1/products/{}", product().await), None, 204),
        "products_get" => (format!("/v1/products/{}", product().await), None, 200),
        "products_list" => ("/v1/products".to_owned(), None, 200),
        "products_update" => (format!("/v1/products/{}", product().await), Some(json!({ "price": 2 })), 200),
        "tokens_issue" => {
            let user = app.user().await;
            ("/v1/auth/token".to_owned(), Some(json!({ "username": user.username, "password": PASSWORD })), 200)
        }
        "tokens_refresh" => {
            let user = app.user().await;
            ("/v1/auth/token/refresh".to_owned(), Some(json!({ "refresh_token": user.refresh_token })), 200)
        }
        "tokens_revoke" => {
            let user = app.user().await;
            ("/v1/auth/token/revoke".to_owned(), Some(json!({ "refresh_token": user.refresh_token })), 204)
        }
        "users_create" => {
            let name = fresh_name();
            let email = format!("{name}@example.com");
            ("/v1/users".to_owned(), Some(json!({ "username": name, "email": email, "password": PASSWORD })), 201)
        }
        "users_get" => (format!("/v1/users/{}", app.user().await.id), None, 200),
        "users_list" => ("/v1/users".to_owned(), None, 200),
        "users_me" => ("/v1/users/me".to_owned(), None, 200),
        "users_me_erase" => ("/v1/users/me/erase".to_owned(), Some(json!({ "password": PASSWORD })), 202),
        "users_me_update" => {
            let name = fresh_name();
            let email = format!("{name}@example.com");
            let body = json!({ "username": name, "email": email, "current_password": PASSWORD });
            ("/v1/users/me".to_owned(), Some(body), 200)
        }
        "users_update" => (format!("/v1/users/{}", app.user().await.id), Some(json!({ "is_staff": true })), 200),
        _ => return None,
    })
}

fn fresh_name() -> String {
    uuid::Uuid::from_bytes(auth::random(&auth::OsEntropy).unwrap()).simple().to_string()
}

async fn sign_up(app: &TestApp) -> String {
    let name = fresh_name();
    let body = json!({ "username": name, "email": format!("{name}@example.com"), "password": PASSWORD });
    let created = app.anon().post("/v1/users", body).await;
    assert_eq!(created.status, 201, "{}", created.body);
    name
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Who {
    NoToken,
    Garbage,
    Expired,
    WrongKey,
    RevokedSession,
    Inactive,
    User,
    Staff,
    Superuser,
}

const EVERYBODY: [Who; 9] = [
    Who::NoToken,
    Who::Garbage,
    Who::Expired,
    Who::WrongKey,
    Who::RevokedSession,
    Who::Inactive,
    Who::User,
    Who::Staff,
    Who::Superuser,
];

/// Those whose token is bad hold every role, so that nothing else can be the reason of their refusal.
async fn caller(app: &TestApp, who: Who) -> Caller {
    let every_role = Roles { is_staff: true, is_superuser: true };
    match who {
        Who::NoToken => app.anon(),
        Who::Garbage => app.anon().with_token("not.a.token"),
        Who::Expired => {
            let caller = app.with_roles(every_role).await;
            app.clock.advance(SignedDuration::from_secs(15 * 60 + 5));
            caller
        }
        Who::WrongKey => {
            let caller = app.with_roles(every_role).await;
            let stranger = Forge::new(&"ab".repeat(32));
            let claims = Forge::claims(caller.token.as_deref().unwrap());
            caller.with_token(stranger.sign(&stranger.header(), &claims))
        }
        Who::RevokedSession => {
            let caller = app.with_roles(every_role).await;
            let revoked = caller.post("/v1/auth/token/revoke", json!({ "refresh_token": caller.refresh_token })).await;
            assert_eq!(revoked.status, 204);
            caller
        }
        Who::Inactive => {
            let caller = app.with_roles(every_role).await;
            app.set("users", ("id", &caller.id.to_string()), "is_active", AttributeValue::Bool(false)).await;
            caller
        }
        Who::User => app.user().await,
        Who::Staff => app.staff().await,
        Who::Superuser => app.superuser().await,
    }
}

/// The contract. `None`: the call succeeds.
fn refusal(level: Level, who: Who) -> Option<(u16, &'static str)> {
    match (level, who) {
        (Level::Public, _) => None,
        (_, Who::NoToken) => Some((403, "token_missing")),
        (_, Who::Expired) => Some((401, "token_expired")),
        (_, Who::Garbage | Who::WrongKey | Who::RevokedSession | Who::Inactive) => Some((401, "token_invalid")),
        (Level::Staff, Who::User | Who::Superuser) => Some((403, "staff_required")),
        (Level::Superuser, Who::User | Who::Staff) => Some((403, "superuser_required")),
        _ => None,
    }
}

async fn call(caller: &Caller, method: &str, path: &str, body: Option<Value>) -> Response {
    caller.send(Method::from_bytes(method.as_bytes()).unwrap(), path, body).await
}

#[tokio::test]
async fn every_endpoint_admits_exactly_whom_its_level_says() {
    let app = TestApp::init().await;
    let mut faults = Vec::new();
    for entry in CATALOGUE {
        for who in EVERYBODY {
            let caller = caller(&app, who).await;
            let Some((path, body, success)) = row(&app, entry.name, &caller).await else {
                panic!("{}: no row in the access matrix", entry.name);
            };
            let answer = call(&caller, entry.route.method.as_str(), &path, body).await;
            let (status, code) = match (entry.name, who) {
                // The one who could undo it must not be the one who is gone.
                ("users_me_erase", Who::Superuser) => (409, "superuser_account"),
                _ => refusal(entry.level, who).unwrap_or((success, "")),
            };
            if !answer.is(status, code) {
                faults.push(format!("{} as {who:?}: {} {}", entry.name, answer.status, answer.body));
            }
            let challenge = answer.header("www-authenticate");
            assert_eq!(status == 401, challenge.starts_with("Bearer"), "{} as {who:?}", entry.name);
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn every_endpoint_is_granted_what_its_good_call_does() {
    let app = TestApp::init().await;
    let functions = Template::ours().unwrap().functions().unwrap();
    for entry in CATALOGUE {
        let who = match entry.level {
            Level::Public => Who::NoToken,
            Level::Authenticated => Who::User,
            Level::Staff => Who::Staff,
            Level::Superuser => Who::Superuser,
        };
        let caller = caller(&app, who).await;
        let (path, body, success) = row(&app, entry.name, &caller).await.unwrap();
        // A process of its own: nothing is remembered from calls of other endpoints.
        let process = app.second_process();
        let caller = process.anon_like(&caller);
        app.dynamo.take_calls();
        let answer = call(&caller, entry.route.method.as_str(), &path, body).await;
        assert_eq!(answer.status, success, "{}: {}", entry.name, answer.body);
        let done: BTreeSet<Grant> = app.dynamo.take_calls().iter().flat_map(|call| call.grants()).collect();
        let function = functions.iter().find(|function| function.binary == entry.name).unwrap();
        let granted: BTreeSet<Grant> = function.grants.iter().cloned().collect();
        let missing: Vec<&Grant> = done.difference(&granted).collect();
        assert!(missing.is_empty(), "{} is not granted {missing:?}", entry.name);
    }
}
