use axum::http::Method;
use serde_json::json;
use tests::{Fault, TestApp};

use crate::assert_unavailable;

#[tokio::test]
async fn a_database_that_throttles_is_unavailable() {
    let app = TestApp::init().await;
    let (user, staff, superuser) = (app.user().await, app.staff().await, app.superuser().await);
    let product = format!("/v1/products/{}", app.product("a").await);
    let favorite = format!("{product}/favorite");
    let new = json!({ "name": "a", "price": "1" });
    assert_eq!(user.put(&favorite).await.status, 204);
    for (client, method, path, body, table) in [
        (&app.anon(), Method::GET, "/v1/products", None, "products"),
        (&app.anon(), Method::GET, &*product, None, "products"),
        (&user, Method::GET, "/v1/products/favorites", None, "favorites"),
        (&user, Method::GET, "/v1/products/favorites", None, "products"),
        (&user, Method::PUT, &favorite, None, "favorites"),
        (&user, Method::DELETE, &favorite, None, "favorites"),
        (&staff, Method::POST, "/v1/products", Some(&new), "products"),
        (&staff, Method::PATCH, &product, Some(&new), "products"),
        (&superuser, Method::DELETE, &product, None, "products"),
    ] {
        app.dynamo.fault(move |call| call.is(&call.operation, table).then_some(Fault::Refuse("ThrottlingException")));
        assert_unavailable(&client.send(method.clone(), path, body.cloned()).await);
        app.dynamo.heal();
    }
    assert_eq!(user.get("/v1/products/favorites").await.json()[0]["name"], "a", "nothing was changed");
}

/// The limits of these writes admit calls while the counters can't be reached.
#[tokio::test]
async fn counters_that_throttle_stop_no_write() {
    let app = TestApp::init().await;
    let (user, staff, superuser) = (app.user().await, app.staff().await, app.superuser().await);
    let product = format!("/v1/products/{}", app.product("a").await);
    let favorite = format!("{product}/favorite");
    app.dynamo.fault(|call| call.is("UpdateItem", "rate_limits").then_some(Fault::Refuse("ThrottlingException")));
    assert_eq!(staff.post("/v1/products", json!({ "name": "new", "price": "1" })).await.status, 201);
    assert_eq!(staff.patch(&product, json!({ "price": "2" })).await.status, 200);
    assert_eq!(user.put(&favorite).await.status, 204);
    assert_eq!(user.delete(&favorite).await.status, 204);
    assert_eq!(superuser.delete(&product).await.status, 204);
}
