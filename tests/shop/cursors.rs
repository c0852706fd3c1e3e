use tests::lists::{assert_invalid_cursors_are_refused, assert_invalid_limits_are_refused, cursor};
use tests::{Client, TestApp};

use crate::fields;

const LISTS: [&str; 2] = ["/v1/products", "/v1/products/favorites"];

/// A user with five favourites.
async fn collector(app: &TestApp) -> Client {
    let user = app.user().await;
    for at in 0..5 {
        let id = app.product(&format!("product {at}")).await;
        assert_eq!(user.put(&format!("/v1/products/{id}/favorite")).await.status, 204);
    }
    user
}

#[tokio::test]
async fn invalid_limits_are_refused() {
    let app = TestApp::init().await;
    let user = collector(&app).await;
    for list in LISTS {
        assert_invalid_limits_are_refused(&user, list).await;
    }
}

#[tokio::test]
async fn invalid_cursors_are_refused() {
    let app = TestApp::init().await;
    let user = collector(&app).await;
    for (list, owner) in LISTS.into_iter().zip(["all", &user.id.to_string()]) {
        assert_invalid_cursors_are_refused(&user, list, owner).await;
    }
}

#[tokio::test]
async fn cursors_of_another_list_or_another_user() {
    let app = TestApp::init().await;
    let (user, other) = (collector(&app).await, collector(&app).await);
    let (products, favorites) = (cursor(&user, LISTS[0]).await, cursor(&user, LISTS[1]).await);
    for (caller, list, foreign) in
        [(&user, LISTS[0], &favorites), (&user, LISTS[1], &products), (&other, LISTS[1], &favorites)]
    {
        let response = caller.get(&format!("{list}?cursor={foreign}")).await;
        assert_eq!(fields(&response), ["cursor"], "{list}");
    }
    // The catalogue is the same for all callers.
    assert_eq!(other.get(&format!("{}?cursor={products}", LISTS[0])).await.status, 200);
}
