//! The data of a user in all tables of identity, and of the framework.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use tests::{Client, TestApp};

pub const TABLES: [&str; 7] =
    ["sessions", "mail_tokens", "sign_in_addresses", "idempotency", "factors", "identities", "users"];

/// All items of a user in the tables, sorted by table and text.
pub async fn remains(app: &TestApp, user: &Client) -> Vec<(&'static str, String)> {
    let id = user.id.to_string();
    let mut found = Vec::new();
    for table in TABLES {
        for item in app.items(table).await {
            let mut attributes: Vec<_> = item.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
            attributes.sort();
            let text = attributes.join(", ");
            if text.contains(&id) || text.contains(&user.username) {
                found.push((table, text));
            }
        }
    }
    found.sort();
    found
}

/// Adds `count` sessions of the user to the table, as `count` more sign-ins would.
async fn put_sessions(app: &TestApp, user: &Client, count: usize) {
    let id = AttributeValue::S(user.refresh_token.split('.').next().unwrap().to_owned());
    let own = app.items("sessions").await.into_iter().find(|session| session["id"] == id).unwrap();
    for _ in 0..count {
        let mut another = own.clone();
        another.insert(
            "id".to_owned(),
            AttributeValue::S(uuid::Uuid::from_bytes(auth::random(&auth::OsEntropy).unwrap()).to_string()),
        );
        let put = app.database.put_item().table_name(format!("{}sessions", app.prefix));
        put.set_item(Some(another)).send().await.unwrap();
    }
}

/// Adds the record of a call with an idempotency key, which has a response with data of the user.
async fn put_record(app: &TestApp, user: &Client) {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let put = app.database.put_item().table_name(format!("{}idempotency", app.prefix));
    let put = put.item("user_id", text(&user.id.to_string())).item("id", text("a")).item("body", text("a diagnosis"));
    put.send().await.unwrap();
}

/// Adds factors to the table, as `count` more authenticators would.
async fn put_factors(app: &TestApp, user: &Client, count: usize) {
    for at in 0..count {
        let (user, id) = (AttributeValue::S(user.id.to_string()), AttributeValue::S(format!("factor{at}")));
        let put = app.database.put_item().table_name(format!("{}factors", app.prefix));
        put.item("user_id", user).item("id", id).send().await.unwrap();
    }
}

/// A user with items in every table: `sessions` sessions, and the one that is signed in.
pub async fn owned(app: &TestApp, sessions: usize) -> Client {
    let user = app.user().await;
    put_sessions(app, &user, sessions).await;
    let email = format!("{}@example.com", user.username);
    assert_eq!(app.anon().post("/v1/auth/password-reset", json!({ "email": email })).await.status, 202);
    app.mailed_token(&email).await;
    put_record(app, &user).await;
    put_factors(app, &user, 2).await;
    let tables: Vec<_> = remains(app, &user).await.into_iter().map(|(table, _)| table).collect();
    assert!(TABLES.iter().all(|table| tables.contains(table)), "{tables:?}");
    user
}
