//! Requests can't give the caller a role. A 422 names all bad fields at once.

use serde_json::{Value, json};
use tests::{PASSWORD, TestApp};

use crate::{assert_problem, fields};

fn sign_up() -> Value {
    json!({ "username": "ann", "email": "ann@example.com", "password": PASSWORD })
}

#[tokio::test]
async fn sign_up_takes_no_roles() {
    let app = TestApp::init().await;
    for (name, value) in [
        ("role", json!("admin")),
        ("roles", json!(["staff", "superuser"])),
        ("is_staff", json!(true)),
        ("is_superuser", json!(true)),
        ("IS_STAFF", json!(true)),
        ("isAdmin", json!(true)),
        ("id", json!("00000000-0000-7000-8000-000000000000")),
        ("is_active", json!(true)),
        ("epoch", json!(0)),
        ("password_hash", json!("x")),
        ("__proto__", json!({ "is_staff": true })),
        // The field is refused even if it gives no role.
        ("is_staff", json!(false)),
    ] {
        let mut body = sign_up();
        body[name] = value;
        let response = app.anon().post("/v1/users", body).await;
        assert_problem(&response, 422, "validation_failed", name);
        assert_eq!(fields(&response), [name]);
    }
    assert!(app.items("users").await.is_empty() && app.items("identities").await.is_empty());

    let created = app.anon().post("/v1/users", sign_up()).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let ann = app.sign_in("ann").await;
    let me = ann.get("/v1/users/me").await.json();
    assert_eq!((&me["is_staff"], &me["is_superuser"]), (&json!(false), &json!(false)));
    let claims = tests::Forge::claims(ann.token.as_ref().unwrap());
    assert_eq!((&claims["is_staff"], &claims["is_superuser"]), (&json!(false), &json!(false)));
    assert_problem(&ann.get("/v1/users").await, 403, "staff_required", "the list of accounts");
}

#[tokio::test]
async fn a_422_names_every_bad_field_at_once() {
    let app = TestApp::init().await;
    let long = "x".repeat(201);
    let all = ["email", "first_name", "last_name", "password", "username"];
    for (body, bad) in [
        (json!({}), &["email", "password", "username"][..]),
        (json!({ "username": 1, "email": 1, "password": 1, "first_name": 1, "last_name": 1 }), &all),
        (
            json!({
                "username": "a@b", "email": "x", "password": "short", "first_name": "a\nb", "last_name": long
            }),
            &all,
        ),
        // The strength of a password is weighed only if all else is right, because that takes time.
        (json!({ "username": "a b", "email": "ann@example.com", "password": "password1" }), &["username"]),
        (json!({ "username": "ann", "email": "ann@example.com", "password": "password1" }), &["password"]),
        (json!({ "username": "a b", "email": "x", "password": PASSWORD, "role": "x" }), &["email", "role", "username"]),
    ] {
        let response = app.anon().post("/v1/users", body.clone()).await;
        assert_problem(&response, 422, "validation_failed", &body.to_string());
        assert_eq!(fields(&response), bad, "{body}");
    }
    let response = app.anon().post("/v1/auth/token", json!({ "password": 1, "otp": 1 })).await;
    assert_eq!(fields(&response), ["otp", "password", "username"]);
    let user = app.user().await;
    for (body, bad) in [
        (json!({}), &[""][..]),
        (json!({ "first_name": 1, "last_name": [], "extra": 1 }), &["extra", "first_name", "last_name"]),
    ] {
        let response = user.patch("/v1/users/me", body.clone()).await;
        assert_problem(&response, 422, "validation_failed", &body.to_string());
        assert_eq!(fields(&response), bad, "{body}");
    }
    let response = user.get("/v1/auth/sessions?limit=0&cursor=").await;
    assert_problem(&response, 422, "validation_failed", "query");
    assert_eq!(fields(&response), ["limit", "cursor"]);
}
