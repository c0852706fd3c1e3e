//! The erasure of accounts with items that can't be read. Nothing but the mark and the names of the account is needed.

use aws_sdk_dynamodb::types::AttributeValue;
use tests::bounded::Item;
use tests::{Client, TestApp};

use crate::data::{owned, remains};
use crate::erasure::begin;
use crate::seconds;

/// Attributes of an account that its erasure needs.
const NEEDED: [&str; 4] = ["id", "username", "email", "erased_at"];

async fn account(app: &TestApp, user: &Client) -> Item {
    let id = AttributeValue::S(user.id.to_string());
    app.items("users").await.into_iter().find(|item| item["id"] == id).unwrap()
}

#[tokio::test]
async fn an_account_is_erased_whichever_of_its_attributes_cannot_be_read() {
    let app = TestApp::init().await;
    let pattern = account(&app, &app.user().await).await;
    let attributes = pattern.keys().map(String::as_str).chain(["password_set_at", "reset_by", "kept_epoch"]);
    let mut tried = 0;
    for attribute in attributes.filter(|name| !NEEDED.contains(name)) {
        let user = app.user().await;
        begin(&user).await;
        app.set("users", ("id", &user.id.to_string()), attribute, AttributeValue::Null(true)).await;
        seconds(&app, 10);
        assert_eq!(app.handle_jobs().await, 1, "{attribute}");
        assert_eq!(remains(&app, &user).await, [], "{attribute}");
        tried += 1;
    }
    assert!(tried > 8, "{tried}");
}

#[tokio::test]
async fn an_account_is_erased_with_rows_that_cannot_be_read() {
    let app = TestApp::init().await;
    let user = owned(&app, 2).await;
    begin(&user).await;
    for session in app.items("sessions").await {
        let id = session["id"].as_s().unwrap();
        for attribute in ["family", "secret", "salt", "epoch", "ends_at", "expires_at", "address"] {
            app.set("sessions", ("id", id), attribute, AttributeValue::Null(true)).await;
        }
    }
    seconds(&app, 10);
    assert_eq!(app.handle_jobs().await, 1);
    assert_eq!(remains(&app, &user).await, []);
}
