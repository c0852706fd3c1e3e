//! Shared code of the shop's tests: products and favourites.

use auth::{Clock, OsEntropy};
use aws_sdk_dynamodb::types::AttributeValue;
use shop::{Price, Product, ProductId, ProductName, Products};

use crate::app::{PAGE, TestApp};
use crate::client::Client;

impl TestApp {
    /// Adds a product to the catalogue, one millisecond after the previous one. Returns its id.
    pub async fn product(&self, name: &str) -> String {
        self.clock.advance_millis(1);
        let now = self.clock.now();
        let id = ProductId::new(now, &OsEntropy).unwrap();
        let product = Product {
            id,
            name: ProductName::parse(name).unwrap(),
            price: Price::parse("9.99").unwrap(),
            created_at: now,
            version: 0,
        };
        self.part::<Products>().insert(&self.act(), &product, None).await.unwrap();
        id.to_string()
    }

    /// Adds `count` products. Returns their ids, the oldest first.
    pub async fn products(&self, count: usize) -> Vec<String> {
        let mut products = Vec::new();
        for n in 0..count {
            products.push(self.product(&format!("Kettle {n}")).await);
        }
        products
    }
}

/// Adds products to the user's favourites.
pub async fn like(user: &Client, products: &[String]) {
    for product in products {
        assert_eq!(user.put(&format!("/v1/products/{product}/favorite")).await.status, 204);
    }
}

/// Prepares a call whose cost or grants are measured: fills one page of the shop's lists.
pub async fn prepare(app: &TestApp, function: &str, caller: &Client) {
    match function {
        "products_list" => _ = app.products(PAGE).await,
        "favorites_list" => like(caller, &app.products(PAGE).await).await,
        _ => {}
    }
}

/// The same for calls that are measured many times: the lists have a page of products, and five favourites.
pub async fn prepare_once(app: &TestApp, function: &str, caller: &Client) {
    if !["products_list", "favorites_list"].contains(&function) {
        return;
    }
    let mut products: Vec<String> = app.items("products").await.iter().map(id).collect();
    if products.len() < PAGE {
        products = app.products(PAGE).await;
    }
    if function == "favorites_list" {
        like(caller, &products[..5]).await;
    }
}

fn id(item: &std::collections::HashMap<String, AttributeValue>) -> String {
    item["id"].as_s().unwrap().clone()
}
