//! Products have versions: nobody overwrites what they have not seen.

use axum::http::Method;
use serde_json::{Value, json};
use tests::{Client, Fault, Response, TestApp};
use tokio::task::JoinSet;

async fn patch(client: &Client, path: &str, body: Value, tag: &str) -> Response {
    client.send_with(Method::PATCH, path, Some(body), &[("if-match", tag)]).await
}

/// Twenty changes at once, each to another price.
async fn twenty_editors(client: &Client, path: &str, tag: &str) -> Vec<Response> {
    let calls = (1..=20).map(|price| {
        let (client, path, tag) = (client.clone(), path.to_owned(), tag.to_owned());
        async move { patch(&client, &path, json!({ "price": price }), &tag).await }
    });
    calls.collect::<JoinSet<_>>().join_all().await
}

#[tokio::test]
async fn every_change_has_another_tag_and_a_change_that_changes_nothing_has_none() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    let created = staff.post("/v1/products", json!({ "name": "Pan", "price": "1.00" })).await;
    let (path, id) = (created.header("location").to_owned(), created.json()["id"].as_str().unwrap().to_owned());
    assert_eq!(created.header("etag"), format!("\"{id}.0\""));
    for (body, version, is_change) in
        [(json!({ "price": 2 }), 1, true), (json!({ "name": "Pot" }), 2, true), (json!({ "price": "2.00" }), 2, false)]
    {
        let changed = staff.patch(&path, body).await;
        assert_eq!((changed.status, changed.header("etag")), (200, &*format!("\"{id}.{version}\"")));
        assert_eq!(app.anon().get(&path).await.header("etag"), changed.header("etag"));
        let events = changed.events().into_iter().filter(|event| event["event"] == "products_changed").count();
        assert_eq!(events, usize::from(is_change));
        assert_eq!(app.items("audit").await.len(), version + 1);
    }
}

#[tokio::test]
async fn a_product_without_a_version_has_version_zero() {
    let app = TestApp::init().await;
    let path = format!("/v1/products/{}", app.product("Pan").await);
    let tag = app.anon().get(&path).await.header("etag").to_owned();
    assert!(!app.items("products").await[0].contains_key("version"));
    assert!(tag.ends_with(".0\""), "{tag}");
    let staff = app.staff().await;
    assert_eq!(patch(&staff, &path, json!({ "price": 2 }), &tag).await.status, 200);
    assert!(patch(&staff, &path, json!({ "price": 3 }), &tag).await.is(412, "precondition_failed"));
}

#[tokio::test]
async fn a_client_that_has_a_product_gets_it_once() {
    let app = TestApp::init().await;
    let (anon, path) = (app.anon(), format!("/v1/products/{}", app.product("Pan").await));
    let tag = anon.get(&path).await.header("etag").to_owned();
    let known = anon.send_with(Method::GET, &path, None, &[("if-none-match", &tag)]).await;
    assert_eq!((known.status, &*known.body, known.header("etag")), (304, "", &*tag));
    assert_eq!(app.staff().await.patch(&path, json!({ "price": 2 })).await.status, 200);
    assert_eq!(anon.send_with(Method::GET, &path, None, &[("if-none-match", &tag)]).await.status, 200);
}

#[tokio::test]
async fn a_product_that_is_gone_is_not_found_and_deleted() {
    let app = TestApp::init().await;
    let (staff, superuser) = (app.staff().await, app.superuser().await);
    let path = format!("/v1/products/{}", app.product("Pan").await);
    let tag = app.anon().get(&path).await.header("etag").to_owned();
    assert_eq!(superuser.delete(&path).await.status, 204);
    for tag in ["*", &tag] {
        assert!(patch(&staff, &path, json!({ "price": 2 }), tag).await.is(404, "not_found"));
        let deleted = superuser.send_with(Method::DELETE, &path, None, &[("if-match", tag)]).await;
        assert_eq!(deleted.status, 204, "{}", deleted.body);
    }
    assert_eq!(app.items("audit").await.len(), 2, "the creation and the deletion");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_editors_with_one_tag_one_wins() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    let path = format!("/v1/products/{}", app.product("Pan").await);
    let tag = app.anon().get(&path).await.header("etag").to_owned();
    let all = twenty_editors(&staff, &path, &tag).await;
    assert_eq!(all.iter().filter(|response| response.status == 200).count(), 1);
    assert_eq!(all.iter().filter(|response| response.is(412, "precondition_failed")).count(), 19);
    assert_eq!(app.items("audit").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_editors_without_a_tag_none_fails() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    let path = format!("/v1/products/{}", app.product("Pan").await);
    let all = twenty_editors(&staff, &path, "*").await;
    let statuses: Vec<u16> = all.iter().map(|response| response.status).collect();
    assert_eq!(statuses, [200; 20]);
    assert!(app.anon().get(&path).await.header("etag").ends_with(".20\""));
    assert_eq!(app.items("audit").await.len(), 21);
}

#[tokio::test]
async fn a_lost_response_is_no_failed_precondition() {
    for fault in [Fault::LoseResponse, Fault::Garble, Fault::ServerError, Fault::Empty, Fault::Twice] {
        let app = TestApp::init().await;
        let staff = app.staff().await;
        let path = format!("/v1/products/{}", app.product("Pan").await);
        let tag = app.anon().get(&path).await.header("etag").to_owned();
        let (mut first, name) = (true, format!("{fault:?}"));
        app.dynamo.fault(move |call| {
            let hits = call.is("TransactWriteItems", "products") && std::mem::take(&mut first);
            hits.then(|| fault.clone())
        });
        let changed = patch(&staff, &path, json!({ "price": 2 }), &tag).await;
        assert_eq!((changed.status, &changed.json()["price"]), (200, &json!("2.00")), "{name}: {}", changed.body);
        assert_eq!(app.items("audit").await.len(), 2, "{name}");
    }
}
