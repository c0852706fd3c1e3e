use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use tests::ids::assert_no_item_can_have;
use tests::lists::{assert_left_out, ids, next};
use tests::{PASSWORD, TestApp};

use crate::assert_internal;

fn number(text: &str) -> AttributeValue {
    AttributeValue::N(text.to_owned())
}

#[tokio::test]
async fn ids_in_the_url_that_no_item_can_have() {
    let app = TestApp::init().await;
    let (staff, superuser) = (app.staff().await, app.superuser().await);
    let long = "a".repeat(2049);
    for id in
        [long.as_str(), "x", "%20", "me%00", "0190000000007000800000000000000", "1900000-0000-7000-8000-0000000000000"]
    {
        let user = format!("/v1/users/{id}");
        app.dynamo.take_calls();
        let responses = [staff.get(&user).await, superuser.patch(&user, json!({ "is_staff": true })).await];
        let gone = staff.delete(&format!("/v1/auth/sessions/{id}")).await;
        assert_eq!(gone.status, 204, "{id}: {}", gone.body);
        assert_no_item_can_have(id, &app, &responses);
    }
    // The gateway stops an empty id. A function that gets one anyway finds nothing either.
    assert_eq!(staff.get("/v1/users/").await.status, 404);
    assert_eq!(staff.delete("/v1/auth/sessions/").await.status, 404);
    let bearer = format!("Bearer {}", staff.token.clone().unwrap());
    for (endpoint, parameter, status) in [("users_get", "user_id", 404), ("sessions_revoke", "session_id", 204)] {
        let http = json!({ "http": { "method": "GET", "path": "/", "sourceIp": "192.0.2.1" } });
        let event = json!({ "version": "2.0", "headers": { "authorization": bearer }, "requestContext": http,
            "pathParameters": { parameter: "" }, "isBase64Encoded": false });
        let response = app.event(endpoint, event).await;
        assert_eq!(response.status, status, "{endpoint}: {response:?}");
    }
}

#[tokio::test]
async fn a_corrupt_user_is_a_500_and_lists_leave_it_out() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    let wrong = [
        ("is_active", None),
        ("is_active", Some(AttributeValue::S("true".to_owned()))),
        ("is_staff", None),
        ("is_superuser", Some(number("1"))),
        ("epoch", None),
        ("epoch", Some(number("-1"))),
        ("epoch", Some(number("0.5"))),
    ];
    for (attribute, value) in wrong {
        let user = app.user().await;
        match value {
            Some(value) => app.set("users", ("id", &user.id.to_string()), attribute, value).await,
            None => app.remove("users", ("id", &user.id.to_string()), attribute).await,
        }
        let sign_in = json!({ "username": user.username, "password": PASSWORD });
        assert_internal(&user.get("/v1/users/me").await);
        assert_internal(&app.anon().post("/v1/auth/token", sign_in).await);
        assert_internal(&user.post("/v1/auth/token/refresh", json!({ "refresh_token": user.refresh_token })).await);
        assert_internal(&staff.get(&format!("/v1/users/{}", user.id)).await);
        let listed = staff.get("/v1/users?limit=100").await;
        assert!(!ids(&listed).contains(&user.id.to_string()), "{}", listed.body);
        assert!(ids(&listed).contains(&staff.id.to_string()), "{}", listed.body);
        assert_left_out(&listed, "users", attribute, &user.id.to_string());
        let key = AttributeValue::S(user.id.to_string());
        app.database.delete_item().table_name(format!("{}users", app.prefix)).key("id", key).send().await.unwrap();
        assert_eq!(staff.get("/v1/users").await.status, 200);
    }
}

#[tokio::test]
async fn a_corrupt_password_hash_or_session_or_identity_is_a_500() {
    let app = TestApp::init().await;
    let garbage = |text: &str| AttributeValue::S(text.to_owned());
    let hashes = [
        "",
        "garbage",
        "$argon2id$",
        "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA",
        "$2b$12$aaaa",
        "$argon2id$v=19$m=1,t=0,p=0$a$b",
    ];
    for hash in hashes {
        let user = app.user().await;
        app.set("users", ("id", &user.id.to_string()), "password_hash", garbage(hash)).await;
        for password in [PASSWORD, "wrong-password"] {
            let sign_in = json!({ "username": user.username, "password": password });
            assert_internal(&app.anon().post("/v1/auth/token", sign_in).await);
        }
    }
    let user = app.user().await;
    for session in app.items("sessions").await {
        let id = session["id"].as_s().unwrap();
        app.set("sessions", ("id", id), "family", garbage("garbage")).await;
    }
    assert_internal(&user.get("/v1/users/me").await);
    assert_internal(&user.post("/v1/auth/token/refresh", json!({ "refresh_token": user.refresh_token })).await);
    let identity = format!("username:{}", user.username);
    app.set("identities", ("identity", &identity), "user_id", garbage("garbage")).await;
    let sign_in = json!({ "username": user.username, "password": PASSWORD });
    assert_internal(&app.anon().post("/v1/auth/token", sign_in).await);
}

#[tokio::test]
async fn lists_leave_a_corrupt_session_out() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let bad = app.sign_in(&user.username).await.refresh_token.split('.').next().unwrap().to_owned();
    app.set("sessions", ("id", &bad), "family", AttributeValue::S("garbage".to_owned())).await;
    for limit in [1, 50] {
        let (mut path, mut found, mut logged) = (Some(format!("/v1/auth/sessions?limit={limit}")), Vec::new(), 0);
        while let Some(page) = path {
            let response = user.get(&page).await;
            found.extend(ids(&response));
            logged += response.events().iter().filter(|line| line["event"] == "item_unreadable").count();
            path = next(&response);
        }
        assert_eq!(found, [user.refresh_token.split('.').next().unwrap()]);
        assert_eq!(logged, 1);
    }
}
