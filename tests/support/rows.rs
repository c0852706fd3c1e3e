use auth::Level;
use serde_json::{Value, json};

use crate::app::{PASSWORD, TestApp};
use crate::caller::Caller;

/// Somebody whom endpoints of this level just admit.
pub async fn admitted(app: &TestApp, level: Level) -> Caller {
    match level {
        Level::Public => app.anon(),
        Level::Authenticated => app.user().await,
        Level::Staff => app.staff().await,
        Level::Superuser => app.superuser().await,
    }
}

/// A good call of the endpoint: path, body, and the status when it succeeds.
pub async fn row(app: &TestApp, endpoint: &str, caller: &Caller) -> (String, Option<Value>, u16) {
    let product = || async { app.product("Kettle").await };
    match endpoint {
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
        "docs" => ("/docs".to_owned(), None, 200),
        "docs_asset" => ("/docs/docs.css".to_owned(), None, 200),
        "openapi" => ("/openapi.json".to_owned(), None, 200),
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
        _ => panic!("{endpoint} has no row in the access matrix: tests/support/rows.rs"),
    }
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
