use auth::Roles;
use serde_json::json;
use tests::{PASSWORD, TestApp};

#[tokio::test]
async fn a_new_user_can_sign_in_by_either_name_in_any_case() {
    let app = TestApp::init().await;
    let new = json!({
        "username": "Ada.L", "email": "Ada@Example.com", "password": PASSWORD, "first_name": "Ada", "last_name": "Lovelace",
    });
    let created = app.anon().post("/v1/users", new).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let profile = created.json();
    assert_eq!((&profile["username"], &profile["email"]), (&json!("Ada.L"), &json!("Ada@Example.com")));
    assert_eq!((&profile["is_staff"], &profile["is_superuser"]), (&json!(false), &json!(false)));
    assert_eq!(profile.get("password_hash"), None);
    for name in ["ada.l", "ADA.L", "ada@example.com", "ADA@EXAMPLE.COM"] {
        assert_eq!(app.sign_in(name).await.get("/v1/users/me").await.json(), profile);
    }
    assert_eq!(profile["email_verified"], json!(false));
    let mut seen_by_staff = profile.clone();
    for own in ["email_verified", "pending_email"] {
        seen_by_staff.as_object_mut().unwrap().remove(own);
    }
    seen_by_staff["is_active"] = json!(true);
    let staff = app.staff().await;
    assert_eq!(staff.get(created.header("location")).await.json(), seen_by_staff);
}

#[tokio::test]
async fn names_are_unique_without_regard_to_case() {
    let app = TestApp::init().await;
    app.create_user("ada", "ada@example.com", Roles::default()).await;
    let sign_up = |username: &str, email: &str| json!({ "username": username, "email": email, "password": PASSWORD });
    let taken = app.anon().post("/v1/users", sign_up("ADA", "other@example.com")).await;
    assert!(taken.is(409, "username_taken"), "{}", taken.body);
    let taken = app.anon().post("/v1/users", sign_up("other", "ADA@example.com")).await;
    assert!(taken.is(409, "email_taken"), "{}", taken.body);
    let free = app.anon().post("/v1/users", sign_up("other", "other@example.com")).await;
    assert_eq!(free.status, 201, "the refused sign-ups left nothing behind: {}", free.body);
}

#[tokio::test]
async fn guessable_passwords_are_refused_with_the_field_named() {
    let app = TestApp::init().await;
    for password in ["short", "password1", "ada.lovelace", "ada@example.com", "qwertyuiop", &"x".repeat(129)] {
        let new = json!({ "username": "ada.lovelace", "email": "ada@example.com", "password": password });
        let response = app.anon().post("/v1/users", new).await;
        assert!(response.is(422, "validation_failed"), "{password}: {}", response.body);
        assert_eq!(response.json()["errors"][0]["field"], "password");
    }
    assert!(app.items("users").await.is_empty() && app.items("identities").await.is_empty());
}

#[tokio::test]
async fn an_unknown_user_is_404_for_staff() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    for id in ["01a21051-adb0-78b0-91d1-583f6cf950da", "not-an-id"] {
        assert!(staff.get(&format!("/v1/users/{id}")).await.is(404, "not_found"));
    }
}
