//! Ids in the path.

use axum::http::Method;
use serde_json::json;
use tests::TestApp;
use tests::ids::odd_ids;

use crate::{ask, assert_problem, event, signed};

#[tokio::test]
async fn an_odd_id_is_never_another_item() {
    let app = TestApp::init().await;
    let (user, staff, superuser) = (app.user().await, app.staff().await, app.superuser().await);
    let session = user.refresh_token.split('.').next().unwrap().to_owned();
    let id = user.id.to_string();
    for odd in &odd_ids(&id, "password") {
        app.clock.advance_millis(1000);
        for (client, method, body) in
            [(&staff, Method::GET, None), (&superuser, Method::PATCH, Some(json!({ "is_active": false })))]
        {
            let case = format!("{method} {odd}");
            let response = client.send(method, &format!("/v1/users/{odd}"), body).await;
            assert_problem(&response, 404, "not_found", &case);
        }
    }
    for odd in &odd_ids(&session, "password") {
        app.clock.advance_millis(1000);
        // There is nothing to delete, unless the odd id makes another route.
        let response = user.delete(&format!("/v1/auth/sessions/{odd}")).await;
        assert!(response.status == 204 || odd.contains(".."), "{odd}: {} {}", response.status, response.body);
    }
    assert_eq!(user.get("/v1/users/me").await.status, 200, "neither the account nor the session was touched");
    // A question mark ends the path and the id. One more slash makes another route.
    for (path, status) in [(format!("{id}?x=1"), 200), (format!("{id}/"), 404), (format!("/{id}"), 404)] {
        assert_eq!(staff.get(&format!("/v1/users/{path}")).await.status, status, "{path}");
    }
    // A UUID in upper case is the same UUID (RFC 9562, 4).
    let shouted = staff.get(&format!("/v1/users/{}", id.to_uppercase())).await;
    assert_eq!((shouted.status, &shouted.json()["id"]), (200, &json!(id)));
}

#[tokio::test]
async fn the_path_of_an_event_is_not_where_the_id_comes_from() {
    let app = TestApp::init().await;
    let (id, other) = (app.user().await.id.to_string(), app.user().await.id.to_string());
    let (staff, superuser) = (app.staff().await, app.superuser().await);
    for odd in ["a b", "\u{e9}", "", "#", "?", "%", "/"].map(str::to_owned).into_iter().chain([
        format!("{id} "),
        format!("{id}/"),
        format!("{id}#x"),
        format!("{id}?x"),
        format!("{id}%20"),
        format!("{{{id}}}"),
        format!("{id}\0"),
    ]) {
        // The path always names an existing account. Only the path parameter counts.
        let path = format!("/v1/users/{other}");
        for (client, name, method) in [(&staff, "users_get", "GET"), (&superuser, "users_update", "PATCH")] {
            let changes = json!({
                "pathParameters": { "user_id": odd },
                "headers": signed(client),
                "body": r#"{"is_active":false}"#,
            });
            let response = ask(&app, name, event(method, &path, changes)).await;
            assert_problem(&response, 404, "not_found", &format!("{name} {odd:?}"));
        }
    }
    // A missing parameter is a mistake of the gateway. No item is found then either.
    let changes = json!({ "headers": signed(&staff) });
    let none = ask(&app, "users_get", event("GET", &format!("/v1/users/{id}"), changes)).await;
    assert_problem(&none, 404, "not_found", "no parameter");
    assert!(app.items("users").await.iter().all(|user| user["is_active"].as_bool() == Ok(&true)));
}
