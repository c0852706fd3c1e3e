//! `POST /v1/users`: a sign-up gives no roles, and names are unique.

use serde_json::{Value, json};
use tests::{PASSWORD, Response, TestApp};

use crate::{ME, fields, signed_up, signs_in};

async fn sign_up(app: &TestApp, username: &str, email: &str) -> Response {
    let body = json!({ "username": username, "email": email, "password": PASSWORD });
    app.anon().post("/v1/users", body).await
}

#[tokio::test]
async fn signing_up_gives_no_roles() {
    let app = TestApp::init().await;
    let own = "018f0000-0000-7000-8000-000000000000";
    let extras: [(&str, Value); 14] = [
        ("role", json!("admin")),
        ("roles", json!(["staff"])),
        ("is_staff", json!(true)),
        ("is_staff", json!(false)),
        ("isAdmin", json!(true)),
        ("is_admin", json!(true)),
        ("is_superuser", json!(true)),
        ("is_active", json!(true)),
        ("id", json!(own)),
        ("email_verified", json!(true)),
        ("epoch", json!(7)),
        ("password_hash", json!("$argon2id$")),
        ("Is_Staff", json!(true)),
        ("__proto__", json!({ "is_staff": true })),
    ];
    for (name, value) in extras {
        let mut body = json!({ "username": "ada", "email": "ada@example.com", "password": PASSWORD });
        body[name] = value;
        assert_eq!(fields(&app.anon().post("/v1/users", body).await), [name]);
    }
    assert_eq!(app.items("users").await.len() + app.items("identities").await.len(), 0);
    let ada = signed_up(&app, "ada", "ada@example.com").await;
    let mut me = ada.get(ME).await.json();
    assert_eq!(me["id"].take(), json!(ada.id.to_string()));
    let expected = json!({
        "id": null, "username": "ada", "email": "ada@example.com", "first_name": "", "last_name": "",
        "is_staff": false, "is_superuser": false, "email_verified": false, "pending_email": null,
    });
    assert_eq!(me, expected);
}

#[tokio::test]
async fn names_are_unique_and_sign_in_without_regard_to_case() {
    let app = TestApp::init().await;
    assert_eq!(sign_up(&app, "Alice", "Alice@Example.COM").await.status, 201);
    assert!(sign_up(&app, "other", "alice@example.com").await.is(409, "email_taken"));
    assert!(sign_up(&app, "aLICE", "other@example.com").await.is(409, "username_taken"));
    for name in ["ALICE@example.com", "Alice@Example.COM", "alice@example.com", "ALICE", "alice", "Alice"] {
        assert!(signs_in(&app, name, PASSWORD).await, "{name}");
    }
    for name in [" alice", "alice ", "alice@example.com.", "alice@example.co", "alic", "alice\0"] {
        assert!(!signs_in(&app, name, PASSWORD).await, "{name:?}");
    }
    let me = app.sign_in("alice").await.get(ME).await.json();
    assert_eq!((&me["username"], &me["email"]), (&json!("Alice"), &json!("Alice@Example.COM")), "shown as entered");
}

#[tokio::test]
async fn a_new_account_is_mailed_a_link_that_starts_with_the_configured_base() {
    let app = TestApp::init().await;
    signed_up(&app, "ada", "ada@example.com").await;
    let mails = app.mails().await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("To: <ada@example.com>"), "{}", mails[0]);
    assert!(mails[0].contains("\nhttps://app.example.com/verify-email#token="), "{}", mails[0]);
}
