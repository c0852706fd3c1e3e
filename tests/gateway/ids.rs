//! G03: ids in the path.

use axum::http::Method;
use serde_json::json;
use tests::TestApp;

use crate::{ask, assert_problem, event, signed};

#[tokio::test]
async fn g03_an_odd_id_is_never_another_item() {
    let app = TestApp::init().await;
    let id = app.product("a").await;
    let (user, staff, superuser) = (app.user().await, app.staff().await, app.superuser().await);
    let simple = id.replace('-', "");
    let odd = [
        format!("{id}%20"),
        format!("%20{id}"),
        format!("{id}%09"),
        format!("{id}%00"),
        format!("{id}%2F"),
        format!("{id}%2Ffavorite"),
        format!("x%2F..%2F{id}"),
        format!("{id}%23x"),
        format!("{id}%3Fx=1"),
        format!("%7B{id}%7D"),
        format!("urn:uuid:{id}"),
        format!("{id},{id}"),
        simple.clone(),
        format!("%7B{simple}%7D"),
        "%".to_owned(),
        "%zz".to_owned(),
        "%ff".to_owned(),
        "%C3%A9".to_owned(),
        "..".to_owned(),
        "1".to_owned(),
        "00000000-0000-0000-0000-000000000000".to_owned(),
        "x".repeat(2049),
    ];
    for odd in &odd {
        app.clock.advance_millis(1000);
        for (caller, method, path, body) in [
            (&user, Method::GET, "", None),
            (&staff, Method::PATCH, "", Some(json!({ "name": "changed" }))),
            (&superuser, Method::DELETE, "", None),
            (&user, Method::PUT, "/favorite", None),
        ] {
            let case = format!("{method} {odd}{path}");
            let answer = caller.send(method, &format!("/v1/products/{odd}{path}"), body).await;
            assert_problem(&answer, 404, "not_found", &case);
        }
        let answer = staff.get(&format!("/v1/users/{odd}")).await;
        assert_problem(&answer, 404, "not_found", odd);
    }
    // Whatever ends the path ends the id; one more slash is another route.
    for (path, status) in [(format!("{id}?x=1"), 200), (format!("{id}/"), 404), (format!("/{id}"), 404)] {
        assert_eq!(user.get(&format!("/v1/products/{path}")).await.status, status, "{path}");
    }
    // A UUID in capitals is the same UUID (RFC 9562, 4).
    let shouted = user.get(&format!("/v1/products/{}", id.to_uppercase())).await;
    assert_eq!((shouted.status, &shouted.json()["id"]), (200, &json!(id)));
    let untouched = user.get(&format!("/v1/products/{id}")).await;
    assert_eq!((untouched.status, &untouched.json()["name"]), (200, &json!("a")));
    assert_eq!(user.get("/v1/products/favorites").await.json(), json!([]));
}

#[tokio::test]
async fn g03_the_path_of_an_event_is_not_where_the_id_comes_from() {
    let app = TestApp::init().await;
    let (id, other) = (app.product("a").await, app.product("b").await);
    let superuser = app.superuser().await;
    for odd in ["a b", "\u{e9}", "", "#", "?", "%", "/"].map(str::to_owned).into_iter().chain([
        format!("{id} "),
        format!("{id}/"),
        format!("{id}#x"),
        format!("{id}?x"),
        format!("{id}%20"),
        format!("{{{id}}}"),
        format!("{id}\0"),
    ]) {
        // The path names a living product all along.
        let path = format!("/v1/products/{other}");
        let changes = json!({ "pathParameters": { "product_id": odd }, "headers": signed(&superuser) });
        for (name, method) in [("products_get", "GET"), ("products_delete", "DELETE")] {
            let answer = ask(&app, name, event(method, &path, changes.clone())).await;
            assert_problem(&answer, 404, "not_found", &format!("{name} {odd:?}"));
        }
    }
    // No parameter at all is a gateway's mistake, and still no item.
    let none = ask(&app, "products_get", event("GET", &format!("/v1/products/{id}"), json!({}))).await;
    assert_problem(&none, 404, "not_found", "no parameter");
    assert_eq!(app.items("products").await.len(), 2);
}
