//! The shop's part of the story, which calls every function of the shop.

use serde_json::json;
use tests::Client;

use crate::fixture::Fixture;
use crate::story::body;

pub async fn keep_products(fixture: &Fixture, ada: &Client, superuser: &Client) {
    let created = body(&ada.post("/v1/products", json!({ "name": "Kettle", "price": "19.90" })).await, 201);
    let path = format!("/v1/products/{}", created["id"].as_str().unwrap());
    assert_eq!(body(&ada.patch(&path, json!({ "price": "18.5" })).await, 200)["price"], "18.50");
    assert_eq!(body(&fixture.anon().get(&path).await, 200)["name"], "Kettle");
    assert_eq!(body(&fixture.anon().get("/v1/products").await, 200)[0]["id"], created["id"]);
    body(&ada.put(&format!("{path}/favorite")).await, 204);
    assert_eq!(body(&ada.get("/v1/products/favorites").await, 200)[0]["id"], created["id"]);
    body(&ada.delete(&format!("{path}/favorite")).await, 204);
    assert_eq!(body(&ada.get("/v1/products/favorites").await, 200), json!([]));
    assert!(ada.delete(&path).await.is(403, "superuser_required"));
    body(&superuser.delete(&path).await, 204);
    assert!(fixture.anon().get(&path).await.is(404, "not_found"));
}
