//! DESIGN 9: the gateway's own answers, and which route wins.

use axum::http::Method;
use serde_json::json;
use tests::TestApp;

use crate::assert_problem;

#[tokio::test]
async fn design_9_what_is_no_route_is_the_gateways_404() {
    let app = TestApp::init().await;
    let superuser = app.superuser().await;
    let product = format!("/v1/products/{}", app.product("a").await);
    app.dynamo.take_calls();
    for (method, path) in [
        // Methods that the path does not have.
        (Method::PUT, "/v1/products"),
        (Method::DELETE, "/v1/products"),
        (Method::HEAD, "/v1/products"),
        (Method::POST, &*product),
        (Method::PUT, &product),
        (Method::GET, &format!("{product}/favorite")),
        (Method::GET, "/v1/auth/token"),
        (Method::DELETE, "/v1/users/me"),
        (Method::PUT, "/v1/users"),
        (Method::POST, "/v1/health"),
        (Method::TRACE, "/v1/health"),
        // Paths that nothing has.
        (Method::GET, "/"),
        (Method::GET, "/v1"),
        (Method::GET, "/v2/products"),
        (Method::GET, "/v1/products/"),
        (Method::GET, "/V1/products"),
        (Method::GET, "//v1/products"),
        (Method::GET, "/v1//products"),
        (Method::GET, "/v1/products/../products"),
        (Method::GET, "/prod/v1/products"),
        (Method::GET, "/.env"),
    ] {
        let answer = superuser.send(method.clone(), path, None).await;
        assert_eq!(answer.status, 404, "{method} {path}");
        let by_the_gateway = answer.header("content-type") == "application/json";
        assert!(by_the_gateway, "{method} {path} reached a function: if it is a route now, it goes from this list");
        let body = if method == Method::HEAD { "" } else { r#"{"message":"Not Found"}"# };
        assert_eq!(answer.body, body, "{method} {path}");
    }
    assert!(app.dynamo.take_calls().is_empty());
    assert_eq!(app.anon().get(&product).await.status, 200);
}

#[tokio::test]
async fn design_9_a_literal_route_wins_over_a_parameter() {
    let app = TestApp::init().await;
    let (anon, user, superuser) = (app.anon(), app.user().await, app.superuser().await);
    // As products or users of these names, they would be public or ask for staff.
    assert_problem(&anon.get("/v1/products/favorites").await, 403, "token_missing", "favorites");
    let favorites = user.get("/v1/products/favorites").await;
    assert_eq!((favorites.status, favorites.json()), (200, json!([])));
    let me = user.get("/v1/users/me").await;
    assert_eq!((me.status, &me.json()["id"]), (200, &json!(user.id.to_string())));
    // Methods that the literal path does not have are the parameter's.
    assert_problem(&superuser.delete("/v1/products/favorites").await, 404, "not_found", "delete");
}
