use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use tests::TestApp;
use tests::lists::next;

#[tokio::test]
async fn a_created_product_is_where_its_location_says() {
    let app = TestApp::init().await;
    let created = app.staff().await.post("/v1/products", json!({ "name": "Mug \u{2615}", "price": 19.9 })).await;
    let product = created.json();
    assert_eq!(product["name"], "Mug \u{2615}");
    assert_eq!(product["price"], "19.90");
    assert_eq!(product["created_at"], "2026-01-01T00:00:00.000Z");
    let location = created.header("location");
    assert_eq!(location, format!("/v1/products/{}", product["id"].as_str().unwrap()));
    assert_eq!(app.anon().get(location).await.json(), product);
}

#[tokio::test]
async fn the_list_is_newest_first_and_its_pages_join_up() {
    let app = TestApp::init().await;
    for name in ["one", "two", "three", "four", "five"] {
        app.product(name).await;
    }
    let (mut path, mut names, mut pages) = ("/v1/products?limit=2".to_owned(), Vec::new(), 0);
    loop {
        let page = app.anon().get(&path).await;
        names.extend(page.json().as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap().to_owned()));
        pages += 1;
        let Some(more) = next(&page) else { break };
        path = more;
    }
    assert_eq!(names, ["five", "four", "three", "two", "one"]);
    assert_eq!(pages, 3);
}

#[tokio::test]
async fn a_change_leaves_the_rest_as_it_was() {
    let app = TestApp::init().await;
    let (staff, id) = (app.staff().await, app.product("Pan").await);
    let path = format!("/v1/products/{id}");
    let before = app.anon().get(&path).await.json();
    let response = staff.patch(&path, json!({ "name": "Frying pan" })).await;
    assert_eq!(response.status, 200);
    let after = app.anon().get(&path).await.json();
    assert_eq!(after, response.json());
    assert_eq!(after["name"], "Frying pan");
    assert_eq!((&after["price"], &after["created_at"]), (&before["price"], &before["created_at"]));
    let nothing = staff.patch(&path, json!({})).await;
    assert!(nothing.is(422, "validation_failed"), "{}", nothing.body);
}

#[tokio::test]
async fn a_deleted_product_is_gone() {
    let app = TestApp::init().await;
    let (superuser, id) = (app.superuser().await, app.product("Pan").await);
    let path = format!("/v1/products/{id}");
    assert_eq!(superuser.delete(&path).await.status, 204);
    assert_eq!(superuser.delete(&path).await.status, 204, "gone already");
    assert!(app.anon().get(&path).await.is(404, "not_found"));
    assert_eq!(app.anon().get("/v1/products").await.json(), json!([]));
}

#[tokio::test]
async fn a_name_that_was_stored_under_older_rules_stays_readable() {
    let app = TestApp::init().await;
    let (product, odd) = (app.product("a").await, "a\u{202e}\u{200b}");
    app.set("products", ("id", &product), "name", AttributeValue::S(odd.to_owned())).await;
    assert_eq!(app.anon().get(&format!("/v1/products/{product}")).await.json()["name"], odd);
    assert_eq!(app.anon().get("/v1/products").await.json()[0]["name"], odd);
}
