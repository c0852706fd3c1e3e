//! Prices as JSON strings and numbers. They are read as text, never as binary floats.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tests::{Client, Response, TestApp};

use crate::fields;

fn body(price: &str) -> String {
    format!(r#"{{"name":"x","price":{price}}}"#)
}

/// Creates a product from a JSON text, one second after the previous call, so that the limit per user is not reached.
async fn create(app: &TestApp, staff: &Client, body: String) -> Response {
    app.clock.advance_millis(1000);
    let request = Request::post("/v1/products").header("content-type", "application/json");
    staff.request(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn only_plain_decimals_are_prices() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    let digits39 = "1".repeat(39);
    // (price, whether it is a JSON number without quotes)
    for (price, is_number) in [
        ("1e400", true),
        ("1e2", true),
        ("1E2", true),
        ("0e0", true),
        ("-1", true),
        ("-0.01", true),
        ("9.999", true),
        ("0.001", true),
        ("9.990", true),
        ("79228162514264337593543950336", true),
        (&digits39, true),
        ("10000000", true),
        ("9999999.991", true),
        ("1_000", false),
        (".5", false),
        ("5.", false),
        ("+5", false),
        ("1,000.00", false),
        ("NaN", false),
        ("Infinity", false),
        ("0x10", false),
        ("05", false),
        ("--0", false),
        ("", false),
        ("\u{ff11}\u{ff12}", false),
        ("\u{661}", false),
        ("123456789012345678901234567890abc", false),
    ] {
        let response = create(&app, &staff, body(&format!("\"{price}\""))).await;
        assert_eq!(fields(&response), ["price"], "{price}");
        let response = create(&app, &staff, body(price)).await;
        if is_number {
            assert_eq!(fields(&response), ["price"], "{price}");
        } else {
            assert!(response.is(400, "not_json"), "{price}: {}", response.body);
        }
    }
    for other in ["null", "true", "[]", "{}", "[1]", r#"" 5""#, r#""5 ""#, r#""5\n""#, r#""\u0000""#, r#""$5""#] {
        let response = create(&app, &staff, body(other)).await;
        assert_eq!(fields(&response), ["price"], "{other}");
    }
    let lists = format!("{}1{}", "[".repeat(30_000), "]".repeat(30_000));
    let digits = "9".repeat(60_000);
    for price in [&lists, &digits, &format!("\"{digits}\""), "1e99999999999999999999"] {
        assert_eq!(fields(&create(&app, &staff, body(price)).await), ["price"], "{:.20}", price);
    }
    assert!(app.items("products").await.is_empty());
}

#[tokio::test]
async fn prices_read_back_as_they_were_meant() {
    let app = TestApp::init().await;
    let (anon, staff) = (app.anon(), app.staff().await);
    for (price, shown) in [
        ("0", "0.00"),
        ("-0", "0.00"),
        ("-0.00", "0.00"),
        ("19.90", "19.90"),
        ("19.9", "19.90"),
        ("0.10", "0.10"),
        ("0.01", "0.01"),
        ("100", "100.00"),
        // As binary floats these would be 1.1499999... and 4.3499999...
        ("1.15", "1.15"),
        ("4.35", "4.35"),
        ("9999999.99", "9999999.99"),
    ] {
        for text in [price.to_owned(), format!("\"{price}\""), format!(" {price} ")] {
            let created = create(&app, &staff, body(&text)).await;
            assert_eq!((created.status, &created.json()["price"]), (201, &json!(shown)), "{text}: {}", created.body);
            let path = created.header("location").to_owned();
            assert_eq!(anon.get(&path).await.json()["price"], shown, "{text}");
            assert_eq!(anon.get("/v1/products?limit=1").await.json()[0]["price"], shown, "{text}");

            let change = serde_json::from_str::<Value>(&format!(r#"{{"price":"{price}"}}"#)).unwrap();
            let changed = staff.patch(&path, change).await;
            assert_eq!((changed.status, &changed.json()["price"]), (200, &json!(shown)), "{text}");
        }
    }
}
