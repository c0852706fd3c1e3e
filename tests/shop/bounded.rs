//! However many favourites are of deleted products, each call reads a bounded number of items.

use aws_sdk_dynamodb::types::AttributeValue;
use tests::bounded::{Item, found, insert, uuid, walk};
use tests::{Client, TestApp};

const DEAD: u32 = 2_000;

/// Favourites of deleted products.
fn dead(user: &Client) -> Vec<Item> {
    let text = |text: String| AttributeValue::S(text);
    let favorite = |at: u32| {
        let ids = [("user_id".to_owned(), text(user.id.to_string())), ("product_id".to_owned(), text(uuid(at)))];
        Item::from_iter(ids.into_iter().chain([("added_at".to_owned(), AttributeValue::N(at.to_string()))]))
    };
    (0..DEAD).map(favorite).collect()
}

#[tokio::test]
async fn a_list_of_dead_favorites_reads_a_bounded_number_of_items() {
    let app = TestApp::init().await;
    let user = app.user().await;
    insert(&app, "favorites", dead(&user)).await;
    for limit in [1, 50, 100] {
        let pages = walk(&app, &user, &format!("/v1/products/favorites?limit={limit}"), dynamo::POSITIONS).await;
        assert_eq!((found(&pages), pages.len() > 5), (0, true), "{limit}");
        app.clock.advance_millis(60_000);
    }
}
