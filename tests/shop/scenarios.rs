//! The scenarios of the project's original task.

use serde_json::json;
use tests::TestApp;

#[tokio::test]
async fn public_list_is_200() {
    let app = TestApp::init().await;
    assert_eq!(app.anon().get("/v1/products").await.status, 200);
}

#[tokio::test]
async fn favourites_with_a_token_are_200() {
    let app = TestApp::init().await;
    assert_eq!(app.user().await.get("/v1/products/favorites").await.status, 200);
}

#[tokio::test]
async fn create_as_user_is_403() {
    let app = TestApp::init().await;
    let response = app.user().await.post("/v1/products", json!({ "name": "Pan", "price": "19.90" })).await;
    assert!(response.is(403, "staff_required"), "{}", response.body);
    assert_eq!(app.items("products").await.len(), 0);
}

#[tokio::test]
async fn create_as_staff_is_201() {
    let app = TestApp::init().await;
    let response = app.staff().await.post("/v1/products", json!({ "name": "Pan", "price": "19.90" })).await;
    assert_eq!(response.status, 201, "{}", response.body);
    assert_eq!(app.items("products").await.len(), 1);
}

#[tokio::test]
async fn delete_as_staff_is_403() {
    let app = TestApp::init().await;
    let product = app.product("Pan").await;
    let response = app.staff().await.delete(&format!("/v1/products/{product}")).await;
    assert!(response.is(403, "superuser_required"), "{}", response.body);
    assert_eq!(app.items("products").await.len(), 1);
}

#[tokio::test]
async fn delete_as_superuser_is_204() {
    let app = TestApp::init().await;
    let product = app.product("Pan").await;
    let response = app.superuser().await.delete(&format!("/v1/products/{product}")).await;
    assert_eq!((response.status, response.body.as_str()), (204, ""));
    assert_eq!(app.items("products").await.len(), 0);
}
