//! The erasure of an account removes its favourites.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::json;
use tests::{Client, Fault, PASSWORD, TestApp};

async fn put_favorites(app: &TestApp, user: &Client, count: usize) {
    for at in 0..count {
        let put = app.database.put_item().table_name(format!("{}favorites", app.prefix));
        let put = put
            .item("user_id", AttributeValue::S(user.id.to_string()))
            .item("product_id", AttributeValue::S(format!("product{at}")))
            .item("added_at", AttributeValue::N(at.to_string()));
        put.send().await.unwrap();
    }
}

/// How many favourites the user has in the table.
async fn favorites(app: &TestApp, user: &Client) -> usize {
    let id = AttributeValue::S(user.id.to_string());
    app.items("favorites").await.iter().filter(|item| item["user_id"] == id).count()
}

/// A user with `count` favourites whose erasure is due.
async fn to_be_erased(app: &TestApp, count: usize) -> Client {
    let user = app.user().await;
    put_favorites(app, &user, count).await;
    let response = user.post("/v1/users/me/erase", json!({ "password": PASSWORD })).await;
    assert_eq!(response.status, 202, "{}", response.body);
    assert_eq!(favorites(app, &user).await, count, "the job removes them");
    app.clock.advance(SignedDuration::from_secs(10));
    user
}

#[tokio::test]
async fn all_favourites_of_the_account_go_and_no_others() {
    let app = TestApp::init().await;
    let bystander = app.user().await;
    put_favorites(&app, &bystander, 3).await;
    let user = to_be_erased(&app, 60).await;
    app.dynamo.take_calls();
    assert_eq!(app.handle_jobs().await, 1);
    assert_eq!((favorites(&app, &user).await, favorites(&app, &bystander).await), (0, 3));
    let calls = app.dynamo.take_calls();
    let batches = calls.iter().filter(|call| call.is("BatchWriteItem", "favorites")).count();
    assert!(batches >= 3, "{batches}");
}

#[tokio::test]
async fn favourites_that_are_left_unprocessed_are_sent_again() {
    let app = TestApp::init().await;
    let user = to_be_erased(&app, 5).await;
    let mut times = 0;
    app.dynamo.fault(move |call| {
        let unprocessed = json!({ "UnprocessedItems": call.body["RequestItems"] });
        times += usize::from(call.is("BatchWriteItem", "favorites"));
        (call.is("BatchWriteItem", "favorites") && times <= 3).then_some(Fault::Respond(unprocessed))
    });
    assert_eq!(app.handle_jobs().await, 1);
    assert_eq!(favorites(&app, &user).await, 0);
}
