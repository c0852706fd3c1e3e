//! However many favourites are of deleted products, each call reads a bounded number of items.

use aws_sdk_dynamodb::types::AttributeValue;
use tests::bounded::{Item, copies, found, full_page, insert, uuid, walk};
use tests::{Client, TestApp};

const DEAD: u32 = 2_000;

/// Favourites of products that may not exist.
fn favorites(user: &Client, count: u32) -> Vec<Item> {
    let text = |text: String| AttributeValue::S(text);
    let favorite = |at: u32| {
        let ids = [("user_id".to_owned(), text(user.id.to_string())), ("product_id".to_owned(), text(uuid(at)))];
        Item::from_iter(ids.into_iter().chain([("added_at".to_owned(), AttributeValue::N(at.to_string()))]))
    };
    (0..count).map(favorite).collect()
}

#[tokio::test]
async fn a_list_of_dead_favorites_reads_a_bounded_number_of_items() {
    let app = TestApp::init().await;
    let user = app.user().await;
    insert(&app, "favorites", favorites(&user, DEAD)).await;
    for limit in [1, 50, 100] {
        let pages = walk(&app, &user, &format!("/v1/products/favorites?limit={limit}"), dynamo::POSITIONS).await;
        assert_eq!((found(&pages), pages.len() > 5), (0, true), "{limit}");
        app.clock.advance_millis(60_000);
    }
}

/// A page reads one entry more than it shows, and only the items that it shows.
#[tokio::test]
async fn a_page_costs_one_query_and_its_items() {
    let app = TestApp::init().await;
    let user = app.user().await;
    app.product("Kettle").await;
    let product = app.items("products").await.remove(0);
    insert(&app, "products", copies(&product, 250, &[])).await;
    insert(&app, "favorites", favorites(&user, 250)).await;
    user.get("/v1/products/favorites").await;
    for (limit, favorites_units, products_units) in [(1, 1.0, 0.5), (50, 2.0, 1.0), (100, 3.0, 1.5)] {
        let read = |what: &str, read: usize, units: f64| (what.to_owned(), read, units);
        assert_eq!(
            full_page(&app, &user, "/v1/products/favorites", limit).await,
            [read("Query favorites", limit + 1, favorites_units), read("BatchGetItem products", limit, limit as f64),]
        );
        assert_eq!(
            full_page(&app, &user, "/v1/products", limit).await,
            [read("Query products", limit + 1, products_units)]
        );
    }
}
