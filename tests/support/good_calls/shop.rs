use serde_json::json;

use super::GoodCall;
use crate::app::TestApp;
use crate::client::Client;

/// A good call of an endpoint of the shop.
pub(super) async fn good_call(app: &TestApp, endpoint: &str, client: &Client) -> Option<GoodCall> {
    let product = async || format!("/v1/products/{}", app.product("Kettle").await);
    Some(match endpoint {
        "favorites_add" => (format!("{}/favorite", product().await), None, 204),
        "favorites_list" => ("/v1/products/favorites".to_owned(), None, 200),
        "favorites_remove" => {
            let path = format!("{}/favorite", product().await);
            client.put(&path).await;
            (path, None, 204)
        }
        "products_create" => ("/v1/products".to_owned(), Some(json!({ "name": "Pan", "price": "1.00" })), 201),
        "products_delete" => (product().await, None, 204),
        "products_get" => (product().await, None, 200),
        "products_list" => ("/v1/products".to_owned(), None, 200),
        "products_update" => (product().await, Some(json!({ "price": 2 })), 200),
        _ => return None,
    })
}
