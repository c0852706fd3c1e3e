use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use tests::TestApp;
use tests::ids::assert_no_item_can_have;
use tests::lists::assert_left_out;

use crate::{assert_internal, fields, ids};

const UNKNOWN: &str = "/v1/products/01900000-0000-7000-8000-000000000000";

fn number(text: &str) -> AttributeValue {
    AttributeValue::N(text.to_owned())
}

#[tokio::test]
async fn ids_in_the_url_that_no_item_can_have() {
    let app = TestApp::init().await;
    let (staff, superuser) = (app.staff().await, app.superuser().await);
    let long = "a".repeat(2049);
    for id in [long.as_str(), "x", "%20", "me%00", "0190000000007000800000000000000", &format!("{UNKNOWN}0")[13..]] {
        let product = format!("/v1/products/{id}");
        let like = format!("{product}/favorite");
        app.dynamo.take_calls();
        let responses =
            [staff.get(&product).await, staff.patch(&product, json!({ "name": "a" })).await, staff.put(&like).await];
        for gone in [superuser.delete(&product).await, staff.delete(&like).await] {
            assert_eq!(gone.status, 204, "{id}: {}", gone.body);
        }
        assert_no_item_can_have(id, &app, &responses);
    }
    // The gateway stops an empty id. A function that gets one anyway finds nothing either.
    assert_eq!(staff.get("/v1/products/").await.status, 404);
    assert_eq!(staff.put("/v1/products//favorite").await.status, 404);
    let bearer = format!("Bearer {}", staff.token.clone().unwrap());
    for (endpoint, status) in [("products_get", 404), ("favorites_remove", 204)] {
        let http = json!({ "http": { "method": "GET", "path": "/", "sourceIp": "192.0.2.1" } });
        let event = json!({ "version": "2.0", "headers": { "authorization": bearer }, "requestContext": http,
            "pathParameters": { "product_id": "" }, "isBase64Encoded": false });
        let response = app.event(endpoint, event).await;
        assert_eq!(response.status, status, "{endpoint}: {response:?}");
    }
}

#[tokio::test]
async fn each_field_can_be_changed_alone() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    let product = format!("/v1/products/{}", app.product("before").await);
    for (change, name, price) in [
        (json!({ "name": "after" }), "after", "9.99"),
        (json!({ "price": "0.10" }), "after", "0.10"),
        (json!({ "price": 100, "name": "both" }), "both", "100.00"),
    ] {
        let response = staff.patch(&product, change.clone()).await;
        assert_eq!(response.status, 200, "{change}: {}", response.body);
        assert_eq!((response.json()["name"].as_str(), response.json()["price"].as_str()), (Some(name), Some(price)));
        assert_eq!(app.anon().get(&product).await.json(), response.json(), "{change}");
    }
    assert_eq!(fields(&staff.patch(&product, json!({})).await), [""]);
}

#[tokio::test]
async fn prices_keep_their_value() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    for (price, shown) in [
        (json!("19.90"), "19.90"),
        (json!("0.10"), "0.10"),
        (json!("100"), "100.00"),
        (json!(100), "100.00"),
        (json!("9999999.99"), "9999999.99"),
    ] {
        let created = staff.post("/v1/products", json!({ "name": "a", "price": price })).await;
        assert_eq!((created.status, &created.json()["price"]), (201, &json!(shown)), "{}", created.body);
        let read = app.anon().get(created.header("location")).await;
        assert_eq!((read.status, &read.json()["price"]), (200, &json!(shown)), "{}", read.body);
    }
    let digits = "1".repeat(39);
    assert_eq!(fields(&staff.post("/v1/products", json!({ "name": "a", "price": digits })).await), ["price"]);
    let product = format!("/v1/products/{}", app.product("a").await);
    assert_eq!(fields(&staff.patch(&product, json!({ "price": digits })).await), ["price"]);
}

#[tokio::test]
async fn stored_numbers_are_read_in_every_notation() {
    let app = TestApp::init().await;
    let id = app.product("a").await;
    for (stored, shown) in [
        ("1E+2", "100.00"),
        ("0.1000", "0.10"),
        ("19.9", "19.90"),
        ("100", "100.00"),
        ("0", "0.00"),
        ("10000000", "10000000.00"),
    ] {
        app.set("products", ("id", &id), "price", number(stored)).await;
        let read = app.anon().get(&format!("/v1/products/{id}")).await;
        assert_eq!((read.status, &read.json()["price"]), (200, &json!(shown)), "{stored}: {}", read.body);
        assert_eq!(app.anon().get("/v1/products").await.json()[0]["price"], shown, "{stored}");
        // The database may have changed the notation of the number. So this read returns it as it is.
        let item =
            json!({ "id": { "S": id }, "name": { "S": "a" }, "price": { "N": stored }, "created_at": { "N": "1" } });
        app.dynamo.fault(move |call| {
            call.is("GetItem", "products").then(|| tests::Fault::Respond(json!({ "Item": item.clone() })))
        });
        let read = app.anon().get(&format!("/v1/products/{id}")).await;
        assert_eq!((read.status, &read.json()["price"]), (200, &json!(shown)), "{stored}: {}", read.body);
        app.dynamo.heal();
    }
}

#[tokio::test]
async fn an_unknown_product_stays_unknown() {
    let app = TestApp::init().await;
    let (staff, superuser) = (app.staff().await, app.superuser().await);
    let like = format!("{UNKNOWN}/favorite");
    for response in [
        staff.patch(UNKNOWN, json!({ "name": "a" })).await,
        staff.patch(UNKNOWN, json!({ "price": "1" })).await,
        staff.put(&like).await,
        staff.get(UNKNOWN).await,
    ] {
        assert!(response.is(404, "not_found"), "{} {}", response.status, response.body);
    }
    for removed in [superuser.delete(UNKNOWN).await, staff.delete(&like).await] {
        assert_eq!((removed.status, removed.body.as_str()), (204, ""));
    }
    assert!(app.items("products").await.is_empty());
    assert!(app.items("favorites").await.is_empty());
}

#[tokio::test]
async fn a_deleted_product_is_unknown_again() {
    let app = TestApp::init().await;
    let (staff, superuser) = (app.staff().await, app.superuser().await);
    let product = format!("/v1/products/{}", app.product("a").await);
    assert_eq!(superuser.delete(&product).await.status, 204);
    assert!(staff.patch(&product, json!({ "name": "a" })).await.is(404, "not_found"));
    assert!(staff.put(&format!("{product}/favorite")).await.is(404, "not_found"));
    assert_eq!(superuser.delete(&product).await.status, 204, "gone already");
    assert!(app.items("products").await.is_empty());
    assert!(app.items("favorites").await.is_empty());
}

#[tokio::test]
async fn a_corrupt_product_is_not_changed() {
    let app = TestApp::init().await;
    let (staff, id) = (app.staff().await, app.product("a").await);
    app.remove("products", ("id", &id), "created_at").await;
    let changed = staff.patch(&format!("/v1/products/{id}"), json!({ "name": "b" })).await;
    assert_internal(&changed);
    assert!(changed.events().iter().all(|line| line["event"] != "products_changed"));
    assert_eq!(app.items("products").await[0]["name"], AttributeValue::S("a".to_owned()));
}

#[tokio::test]
async fn a_corrupt_product_is_a_500_and_lists_leave_it_out() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let good = app.product("good").await;
    assert_eq!(user.put(&format!("/v1/products/{good}/favorite")).await.status, 204);
    let wrong = [
        ("price", None),
        ("price", Some(AttributeValue::S("9.99".to_owned()))),
        ("price", Some(number("-1"))),
        ("price", Some(number("0.001"))),
        ("price", Some(number("1.999"))),
        ("price", Some(number("1E+100"))),
        ("name", None),
        ("name", Some(AttributeValue::Null(true))),
        ("created_at", None),
        ("created_at", Some(number("1E+30"))),
        ("created_at", Some(number("9223372036854775807"))),
    ];
    for (attribute, value) in wrong {
        let id = app.product("a").await;
        let product = format!("/v1/products/{id}");
        app.clock.advance_millis(1_000);
        assert_eq!(user.put(&format!("{product}/favorite")).await.status, 204);
        match value {
            Some(value) => app.set("products", ("id", &id), attribute, value).await,
            None => app.remove("products", ("id", &id), attribute).await,
        }
        assert_internal(&user.get(&product).await);
        for list in ["/v1/products?limit=100", "/v1/products/favorites?limit=100"] {
            let listed = user.get(list).await;
            assert!(ids(&listed).contains(&good), "{}", listed.body);
            assert_left_out(&listed, "products", attribute, &id);
        }
        let key = AttributeValue::S(id);
        app.database.delete_item().table_name(format!("{}products", app.prefix)).key("id", key).send().await.unwrap();
        assert_eq!(user.get("/v1/products/favorites").await.status, 200);
    }
}
