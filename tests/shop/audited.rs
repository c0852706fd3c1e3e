//! What staff and superusers do with products is in the audit.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use tests::{Fault, TestApp};

type Item = HashMap<String, AttributeValue>;

/// The rows of the audit, the oldest first.
async fn rows(app: &TestApp) -> Vec<Item> {
    let mut rows = app.items("audit").await;
    rows.sort_by(|a, b| a["id"].as_s().unwrap().cmp(b["id"].as_s().unwrap()));
    rows
}

/// The texts and numbers of a member, by name.
fn texts(row: &Item, name: &str) -> Vec<(String, String)> {
    let text = |value: &AttributeValue| value.as_s().or_else(|_| value.as_n()).unwrap().clone();
    let mut all: Vec<_> = row[name].as_m().unwrap().iter().map(|(name, value)| (name.clone(), text(value))).collect();
    all.sort();
    all
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn a_change_is_written_down_with_what_was_and_what_is() {
    let app = TestApp::init().await;
    let (staff, superuser) = (app.staff().await, app.superuser().await);
    let created = staff.post("/v1/products", json!({ "name": "Pan", "price": "1.25" })).await;
    let path = created.header("location").to_owned();
    app.clock.advance_millis(1);
    let changed = staff.patch(&path, json!({ "name": "Pot", "price": "1.25" })).await;
    app.clock.advance_millis(1);
    let deleted = superuser.delete(&path).await;
    let rows = rows(&app).await;
    let expected = [
        (&created, &staff, "products_created", &[][..], &[("name", "Pan"), ("price", "1.25")][..]),
        (&changed, &staff, "products_changed", &[("name", "Pan")], &[("name", "Pot")]),
        (&deleted, &superuser, "products_deleted", &[("name", "Pot"), ("price", "1.25")], &[]),
    ];
    assert_eq!(rows.len(), expected.len());
    for (at, (row, (response, by, action, before, after))) in rows.iter().zip(expected).enumerate() {
        let text = |name: &str| row[name].as_s().unwrap().as_str();
        assert_eq!(text("action"), action);
        assert_eq!(text("actor"), format!("users/{}", by.id));
        assert_eq!(text("subject"), path.strip_prefix("/v1/").unwrap());
        assert_eq!(text("request_id"), response.header("x-request-id"));
        let millis = 1_767_225_600_000 + i64::try_from(at).unwrap();
        assert_eq!(row["at"].as_n().unwrap(), &millis.to_string());
        assert_eq!(row["expires_at"].as_n().unwrap(), &(1_767_225_600 + 400 * 24 * 60 * 60).to_string());
        assert!(text("id").starts_with(&format!("{millis}-")) && text("id").len() == 13 + 1 + 32, "{}", text("id"));
        assert_eq!((texts(row, "before"), texts(row, "after")), (pairs(before), pairs(after)), "{action}");
    }
}

#[tokio::test]
async fn nothing_is_written_down_of_what_did_not_happen() {
    let app = TestApp::init().await;
    let (user, staff, superuser) = (app.user().await, app.staff().await, app.superuser().await);
    let path = format!("/v1/products/{}", app.product("Pan").await);
    let gone = "/v1/products/01900000-0000-7000-8000-000000000000";
    assert_eq!(user.patch(&path, json!({ "price": 2 })).await.status, 403);
    assert_eq!(staff.delete(&path).await.status, 403);
    assert_eq!(staff.patch(&path, json!({ "price": -1 })).await.status, 422);
    assert_eq!(staff.patch(&path, json!({ "name": "Pan", "price": "9.99" })).await.status, 200);
    assert_eq!(staff.patch(gone, json!({ "price": 2 })).await.status, 404);
    assert_eq!(superuser.delete(gone).await.status, 204);
    let rows = rows(&app).await;
    let actors: Vec<&str> = rows.iter().map(|row| row["actor"].as_s().unwrap().as_str()).collect();
    assert_eq!(actors, ["operator/local"], "the creation by the test");
    assert!(!rows[0].contains_key("request_id"));
}

#[tokio::test]
async fn a_change_and_its_row_are_made_together_or_not_at_all() {
    let app = TestApp::init().await;
    let (staff, superuser) = (app.staff().await, app.superuser().await);
    let path = format!("/v1/products/{}", app.product("Pan").await);
    app.dynamo.fault(|call| call.is("TransactWriteItems", "audit").then_some(Fault::Refuse("AccessDeniedException")));
    assert_eq!(staff.patch(&path, json!({ "price": 2 })).await.status, 500);
    assert_eq!(staff.post("/v1/products", json!({ "name": "Pot", "price": 1 })).await.status, 500);
    assert_eq!(superuser.delete(&path).await.status, 500);
    app.dynamo.heal();
    assert_eq!((app.items("products").await.len(), rows(&app).await.len()), (1, 1));
    assert_eq!(app.anon().get(&path).await.json()["price"], "9.99");
}

#[tokio::test]
async fn rows_are_kept_as_long_as_the_setting_says() {
    for (days, expires_at) in [("1", Some(1_767_225_600 + 24 * 60 * 60)), ("0", None)] {
        let app = TestApp::init_with(&[("AUDIT_DAYS", days)]).await;
        app.product("Pan").await;
        let row = rows(&app).await.remove(0);
        let kept = row.get("expires_at").map(|at| at.as_n().unwrap().parse::<i64>().unwrap());
        assert_eq!(kept, expires_at, "{days}");
    }
}
