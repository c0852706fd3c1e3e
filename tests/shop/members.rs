//! Fields of bodies: the shop accepts its own fields and no others.

use serde_json::json;
use tests::TestApp;

use crate::fields;

#[tokio::test]
async fn products_take_no_members_but_their_own() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    let id = app.product("a").await;
    for name in ["id", "created_at", "listing", "Name", "name ", ""] {
        let mut body = json!({ "name": "x", "price": "1" });
        body[name] = json!("x");
        let created = staff.post("/v1/products", body.clone()).await;
        assert_eq!(fields(&created), [name]);
        let changed = staff.patch(&format!("/v1/products/{id}"), body).await;
        assert_eq!(fields(&changed), [name]);
    }
    assert_eq!(app.items("products").await.len(), 1);
    assert_eq!(staff.get(&format!("/v1/products/{id}")).await.json()["name"], "a");
}

#[tokio::test]
async fn a_422_names_every_bad_field_at_once() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    let product = format!("/v1/products/{}", app.product("a").await);
    let long = "x".repeat(201);
    for (body, bad) in [
        (json!({}), &["name", "price"][..]),
        (json!({ "name": "", "price": "x", "extra": 1 }), &["extra", "name", "price"]),
        (json!({ "name": long, "price": -1 }), &["name", "price"]),
        (json!({ "name": null, "price": null }), &["name", "price"]),
        (json!({ "name": "x", "a": 1, "b": 2, "price": "1" }), &["a", "b"]),
    ] {
        let response = staff.post("/v1/products", body.clone()).await;
        assert_eq!(fields(&response), bad, "{body}");
    }
    for (body, bad) in
        [(json!({}), &[""][..]), (json!({ "name": 1, "price": [], "extra": 1 }), &["extra", "name", "price"])]
    {
        let response = staff.patch(&product, body.clone()).await;
        assert_eq!(fields(&response), bad, "{body}");
    }
    assert_eq!(fields(&app.anon().get("/v1/products?limit=0&cursor=").await), ["limit", "cursor"]);
}
