//! Headers of the shop's responses. Caches may store the catalogue, and must ask whether it changed.

use axum::http::Method;
use serde_json::json;
use tests::TestApp;

#[tokio::test]
async fn cache_control_of_every_response() {
    let app = TestApp::init().await;
    let (user, staff, superuser) = (app.user().await, app.staff().await, app.superuser().await);
    let anon = app.anon();
    let product = format!("/v1/products/{}", app.product("a").await);
    let favorite = format!("{product}/favorite");
    let new = json!({ "name": "x", "price": "1" });
    let (get, post, put, patch, delete) = (Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE);
    for (client, method, path, body, status, cache) in [
        (&anon, &get, "/v1/products", None, 200, "no-cache"),
        (&anon, &get, &*product, None, 200, "no-cache"),
        (&user, &put, &favorite, None, 204, "no-store"),
        (&user, &get, "/v1/products/favorites", None, 200, "no-store"),
        (&user, &delete, &favorite, None, 204, "no-store"),
        (&staff, &post, "/v1/products", Some(&new), 201, "no-store"),
        (&staff, &patch, &product, Some(&new), 200, "no-store"),
        (&superuser, &delete, &product, None, 204, "no-store"),
        // Caches must not keep errors of public resources either.
        (&anon, &get, &product, None, 404, "no-store"),
        (&anon, &get, "/v1/products?limit=0", None, 422, "no-store"),
    ] {
        let response = client.send(method.clone(), path, body.cloned()).await;
        assert_eq!(response.status, status, "{method} {path}: {}", response.body);
        assert_eq!(response.header("cache-control"), cache, "{method} {path}");
    }
}

#[tokio::test]
async fn a_literal_route_wins_over_a_parameter() {
    let app = TestApp::init().await;
    // If `favorites` were the id of a product, the call would be public.
    assert!(app.anon().get("/v1/products/favorites").await.is(403, "token_missing"));
    let favorites = app.user().await.get("/v1/products/favorites").await;
    assert_eq!((favorites.status, favorites.json()), (200, json!([])));
    // The literal path has no DELETE, so the route with the parameter is used.
    assert_eq!(app.superuser().await.delete("/v1/products/favorites").await.status, 204);
}
