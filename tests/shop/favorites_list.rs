use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tests::{Call, Client, Fault, TestApp};

use crate::lists::one_item_per_query;
use crate::{assert_unavailable, ids, next, pages};

/// Adds `number` favourites, each a second after the previous one. Returns their ids, newest first.
async fn like(app: &TestApp, user: &Client, number: usize) -> Vec<String> {
    let mut all = Vec::new();
    for at in 0..number {
        let id = app.product(&format!("product {at}")).await;
        app.clock.advance_millis(999);
        assert_eq!(user.put(&format!("/v1/products/{id}/favorite")).await.status, 204);
        all.insert(0, id);
    }
    all
}

async fn delete(app: &TestApp, ids: &[String]) {
    for id in ids {
        let key = aws_sdk_dynamodb::types::AttributeValue::S(id.clone());
        app.database.delete_item().table_name(format!("{}products", app.prefix)).key("id", key).send().await.unwrap();
    }
}

fn chunks(all: &[String], limit: usize) -> Vec<Vec<String>> {
    all.chunks(limit).map(<[_]>::to_vec).collect()
}

#[tokio::test]
async fn more_favorites_than_one_batch_can_read_some_of_deleted_products() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let mut all = like(&app, &user, 125).await;
    let path = |limit: usize| format!("/v1/products/favorites?limit={limit}");
    assert_eq!(pages(&user, &path(100)).await, chunks(&all, 100));
    // Deletes products at the front, in a row, at the end, and in between.
    let dead = all.iter().enumerate().filter(|(at, _)| at % 9 == 0 || (40..52).contains(at) || *at > 122);
    let dead: Vec<String> = dead.map(|(_, id)| id.clone()).collect();
    delete(&app, &dead).await;
    all.retain(|id| !dead.contains(id));
    assert!(all.len() > 90);
    for limit in [7, 50, all.len() - 1, all.len(), 100] {
        assert_eq!(pages(&user, &path(limit)).await, chunks(&all, limit), "{limit}");
    }
}

#[tokio::test]
async fn pages_are_full_however_the_database_cuts_them() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let mut all = like(&app, &user, 11).await;
    delete(&app, &[all[0].clone(), all[4].clone(), all[5].clone(), all[10].clone()]).await;
    for dead in [10, 5, 4, 0] {
        all.remove(dead);
    }
    app.dynamo.fault(one_item_per_query);
    for limit in 1..=8 {
        let pages = pages(&user, &format!("/v1/products/favorites?limit={limit}")).await;
        assert_eq!(pages, chunks(&all, limit), "{limit}");
    }
}

#[tokio::test]
async fn a_long_row_of_deleted_products_costs_few_calls() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let all = like(&app, &user, 120).await;
    delete(&app, &all[1..119]).await;
    app.dynamo.take_calls();
    let first = user.get("/v1/products/favorites?limit=1").await;
    assert_eq!(ids(&first), all[..1]);
    let queries = app.dynamo.take_calls().iter().filter(|call| call.is("Query", "favorites")).count();
    assert!(queries <= 7, "{queries}");
    let last = user.get(&next(&first).unwrap()).await;
    assert_eq!((ids(&last), next(&last)), (all[119..].to_vec(), None));
}

#[tokio::test]
async fn favorites_of_one_instant_are_each_listed_once() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let mut all = Vec::new();
    for at in 0..7 {
        all.push(app.product(&format!("product {at}")).await);
    }
    for id in &all {
        assert_eq!(user.put(&format!("/v1/products/{id}/favorite")).await.status, 204);
    }
    all.sort();
    for limit in [1, 2, 3, 7] {
        let mut found = pages(&user, &format!("/v1/products/favorites?limit={limit}")).await.concat();
        found.sort();
        assert_eq!(found, all, "{limit}");
    }
}

#[tokio::test]
async fn liking_twice_changes_nothing_and_a_favourite_added_back_comes_first() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let mut all = like(&app, &user, 3).await;
    let oldest = format!("/v1/products/{}/favorite", all[2]);
    app.clock.advance_millis(1_000);
    assert_eq!(user.put(&oldest).await.status, 204);
    assert_eq!(ids(&user.get("/v1/products/favorites").await), all);
    for _ in 0..2 {
        assert_eq!(user.delete(&oldest).await.status, 204);
        assert_eq!(ids(&user.get("/v1/products/favorites").await), all[..2]);
    }
    assert_eq!(user.put(&oldest).await.status, 204);
    all.rotate_right(1);
    assert_eq!(ids(&user.get("/v1/products/favorites").await), all);
}

/// Leaves the first `times` reads of products unprocessed.
fn unprocessed(app: &TestApp, times: usize) {
    let asked = AtomicUsize::new(0);
    app.dynamo.fault(move |call: &Call| {
        let first = call.is("BatchGetItem", "products") && asked.fetch_add(1, Ordering::Relaxed) < times;
        first.then(|| Fault::Respond(json!({ "Responses": {}, "UnprocessedKeys": call.body["RequestItems"].clone() })))
    });
}

#[tokio::test]
async fn keys_left_unprocessed_are_asked_for_again() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let all = like(&app, &user, 5).await;
    for times in [1, 2] {
        unprocessed(&app, times);
        assert_eq!(pages(&user, "/v1/products/favorites?limit=2").await, chunks(&all, 2), "{times}");
    }
    unprocessed(&app, usize::MAX);
    assert_unavailable(&user.get("/v1/products/favorites").await);
}

#[tokio::test]
async fn keys_left_unprocessed_in_part_are_asked_for_again() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let all = like(&app, &user, 5).await;
    // Each call processes only its first two keys.
    let table = format!("{}products", app.prefix);
    let items: Vec<_> = app.items("products").await;
    let read: Vec<serde_json::Value> = items
        .iter()
        .map(|item| {
            let [id, name] = ["id", "name"].map(|name| item[name].as_s().unwrap());
            let [price, created_at] = ["price", "created_at"].map(|name| item[name].as_n().unwrap());
            json!({ "id": { "S": id }, "name": { "S": name }, "price": { "N": price }, "created_at": { "N": created_at } })
        })
        .collect();
    app.dynamo.fault(move |call: &Call| {
        let mut left = call.body["RequestItems"].clone();
        let keys = left.get_mut(&table)?["Keys"].as_array_mut()?;
        if keys.len() < 3 {
            return None;
        }
        let now: Vec<_> = keys.drain(..2).map(|key| key["id"].clone()).collect();
        let found: Vec<_> = read.iter().filter(|item| now.contains(&item["id"])).collect();
        Some(Fault::Respond(json!({ "Responses": { &table: found }, "UnprocessedKeys": left })))
    });
    assert_eq!(ids(&user.get("/v1/products/favorites").await), all);
}

#[tokio::test]
async fn nobody_reaches_the_favorites_of_another() {
    let app = TestApp::init().await;
    let (user, other) = (app.user().await, app.user().await);
    let mine = like(&app, &user, 3).await;
    let theirs = like(&app, &other, 2).await;
    let (me, id) = (user.id, &mine[0]);
    for path in ["", &format!("?user_id={me}"), &format!("?owner={me}&sub={me}"), &format!("?user={}", user.username)] {
        assert_eq!(ids(&other.get(&format!("/v1/products/favorites{path}")).await), theirs, "{path}");
    }
    assert_eq!(other.delete(&format!("/v1/products/{id}/favorite")).await.status, 204);
    assert_eq!(ids(&user.get("/v1/products/favorites").await), mine);
    assert_eq!(other.put(&format!("/v1/products/{id}/favorite?user_id={me}")).await.status, 204);
    assert_eq!(ids(&user.get("/v1/products/favorites").await), mine);
    assert_eq!(ids(&other.get("/v1/products/favorites").await).len(), 3);
    assert!(app.anon().get("/v1/products/favorites").await.is(403, "token_missing"));
}
