//! The size of the largest page.

use serde_json::json;
use tests::TestApp;

#[tokio::test]
async fn the_largest_page_of_the_largest_products_is_small() {
    let app = TestApp::init().await;
    for n in 0..101 {
        let name = format!("{n:04}{}", "\u{1f600}".repeat(196));
        app.product(&name).await;
    }
    let page = app.anon().get("/v1/products?limit=100").await;
    assert_eq!(page.status, 200);
    let products = page.json();
    assert_eq!(products.as_array().unwrap().len(), 100);
    assert!(products[99]["name"].as_str().unwrap().chars().count() == 200);
    assert!((78_400..200_000).contains(&page.body.len()), "{}", page.body.len());
    // The gateway allows 10 kB of headers.
    assert!((1..500).contains(&page.header("link").len()));

    // A name may have 200 characters, and no more.
    let staff = app.staff().await;
    for (length, status) in [(200, 201), (201, 422)] {
        let new = json!({ "name": "\u{1f600}".repeat(length), "price": "9999999.99" });
        assert_eq!(staff.post("/v1/products", new).await.status, status, "{length}");
    }
}
