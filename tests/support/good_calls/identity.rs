use serde_json::json;

use super::plain::GoodCall;
use crate::app::{PASSWORD, TestApp};
use crate::client::Client;

/// Another good call of `email_verify`, with other writes.
pub const ANOTHER_EMAIL: &str = "email_verify, another email";

/// A good call of an endpoint of identity that needs more than calls of other endpoints, such as a mailed token.
pub(super) async fn good_call(app: &TestApp, endpoint: &str, client: &Client) -> Option<GoodCall> {
    Some(match endpoint {
        "audit_list" => ("/v1/audit?subject=users".to_owned(), None, 200),
        "email_verify" => {
            let name = sign_up(app).await;
            let token = app.mailed_token(&format!("{name}@example.com")).await;
            ("/v1/auth/verify-email".to_owned(), Some(json!({ "token": token, "password": PASSWORD })), 204)
        }
        // Another email, which an account has that never verified it.
        ANOTHER_EMAIL => {
            let (user, email) = (app.user().await, format!("{}@example.com", sign_up(app).await));
            app.mails().await;
            let change = json!({ "email": email, "current_password": PASSWORD });
            assert_eq!(user.patch("/v1/users/me", change).await.status, 200);
            let token = app.mailed_token(&email).await;
            ("/v1/auth/verify-email".to_owned(), Some(json!({ "token": token, "password": PASSWORD })), 204)
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
        "invitations_create" => {
            let body = json!({ "email": format!("{}@example.com", fresh_name()), "role": "staff" });
            ("/v1/invitations".to_owned(), Some(body), 202)
        }
        "invitations_list" => {
            invite(app).await;
            ("/v1/invitations".to_owned(), None, 200)
        }
        "invitations_delete" => {
            let (_, id) = invite(app).await;
            (format!("/v1/invitations/{id}"), None, 204)
        }
        "invitations_accept" => {
            let (email, _) = invite(app).await;
            let token = app.mailed_token(&email).await;
            let body = json!({ "token": token, "username": fresh_name(), "password": PASSWORD });
            ("/v1/invitations/accept".to_owned(), Some(body), 201)
        }
        "tokens_reauthenticate" => ("/v1/auth/reauthenticate".to_owned(), Some(json!({ "password": PASSWORD })), 200),
        "sessions_revoke" => {
            let session = client.refresh_token.split('.').next().filter(|id| !id.is_empty()).unwrap_or("none");
            (format!("/v1/auth/sessions/{session}"), None, 204)
        }
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

/// The address and the id of a new invitation.
async fn invite(app: &TestApp) -> (String, String) {
    let email = format!("{}@example.com", fresh_name());
    let invited = app.staff().await.post("/v1/invitations", json!({ "email": email })).await;
    assert_eq!(invited.status, 202, "{}", invited.body);
    (email, invited.json()["id"].as_str().unwrap().to_owned())
}

async fn sign_up(app: &TestApp) -> String {
    let name = fresh_name();
    let body = json!({ "username": name, "email": format!("{name}@example.com"), "password": PASSWORD });
    let created = app.anon().post("/v1/users", body).await;
    assert_eq!(created.status, 201, "{}", created.body);
    name
}
