//! Ids in the path.

use axum::http::Method;
use serde_json::json;
use tests::TestApp;
use tests::ids::odd_ids;

#[tokio::test]
async fn an_odd_id_is_never_another_item() {
    let app = TestApp::init().await;
    let id = app.product("a").await;
    let (user, staff, superuser) = (app.user().await, app.staff().await, app.superuser().await);
    for odd in &odd_ids(&id, "favorite") {
        app.clock.advance_millis(1000);
        for (caller, method, path, body) in [
            (&user, Method::GET, "", None),
            (&staff, Method::PATCH, "", Some(json!({ "name": "changed" }))),
            (&superuser, Method::DELETE, "", None),
            (&user, Method::PUT, "/favorite", None),
        ] {
            let case = format!("{method} {odd}{path}");
            let response = caller.send(method.clone(), &format!("/v1/products/{odd}{path}"), body).await;
            let gone = method == Method::DELETE && response.status == 204;
            assert!(gone || response.is(404, "not_found"), "{case}: {} {}", response.status, response.body);
        }
    }
    // A question mark ends the path and the id. One more slash makes another route.
    for (path, status) in [(format!("{id}?x=1"), 200), (format!("{id}/"), 404), (format!("/{id}"), 404)] {
        assert_eq!(user.get(&format!("/v1/products/{path}")).await.status, status, "{path}");
    }
    // A UUID in upper case is the same UUID (RFC 9562, 4).
    let shouted = user.get(&format!("/v1/products/{}", id.to_uppercase())).await;
    assert_eq!((shouted.status, &shouted.json()["id"]), (200, &json!(id)));
    let untouched = user.get(&format!("/v1/products/{id}")).await;
    assert_eq!((untouched.status, &untouched.json()["name"]), (200, &json!("a")));
    assert_eq!(user.get("/v1/products/favorites").await.json(), json!([]));
}
