//! `GET /openapi.json`, and the page that shows the OpenAPI document.

use axum::body::Body;
use axum::http::Request;
use tests::{Response, TestApp};

async fn get_unless(app: &TestApp, path: &str, tag: &str) -> Response {
    let request = Request::get(path).header("if-none-match", tag).body(Body::empty()).unwrap();
    app.anon().request(request).await
}

#[tokio::test]
async fn the_openapi_document_is_that_of_the_catalogue() {
    let app = TestApp::init().await;
    let response = app.anon().get("/openapi.json").await;
    assert_eq!((response.status, response.header("content-type")), (200, "application/json"));
    assert_eq!(response.header("cache-control"), "public, max-age=60");
    assert!(response.json() == catalogue::openapi(), "docs/openapi.json is not that of the code");
}

#[tokio::test]
async fn an_unchanged_document_is_not_sent_again() {
    let app = TestApp::init().await;
    for path in ["/openapi.json", "/docs", "/docs/docs.js", "/account/security", "/account/assets/main.js"] {
        let first = app.anon().get(path).await;
        let tag = first.header("etag");
        assert!(first.status == 200 && !first.body.is_empty() && tag.len() > 8, "{path}: {tag}");
        for known in [tag.to_owned(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
            let again = get_unless(&app, path, &known).await;
            assert_eq!((again.status, again.body.as_str(), again.header("etag")), (304, "", tag), "{path}: {known}");
            assert_eq!(again.header("cache-control"), first.header("cache-control"), "{path}");
        }
        for other in ["\"other\"", "", "nonsense", &tag[1..]] {
            assert_eq!(get_unless(&app, path, other).await.body, first.body, "{path}: {other}");
        }
    }
}

#[tokio::test]
async fn the_page_has_all_that_it_names_and_nothing_of_others() {
    let app = TestApp::init().await;
    let page = app.anon().get("/docs").await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    let places = page.body.split(['"', '\'']).filter(|text| text.starts_with("docs/"));
    let places: Vec<&str> = places.collect();
    assert_eq!(places.len(), 4, "{places:?}");
    for place in places {
        let asset = app.anon().get(&format!("/{place}")).await;
        let expected = if place.ends_with(".css") { "text/css" } else { "text/javascript" };
        assert_eq!((asset.status, asset.header("content-type").split(';').next()), (200, Some(expected)), "{place}");
    }
    assert!(!page.body.contains("//"), "{}", page.body);
}

#[tokio::test]
async fn nothing_else_is_an_asset() {
    let app = TestApp::init().await;
    for name in ["none", "index.html", "README.md", "docs.JS", "..%2fsrc%2flib.rs", "%2e%2e"] {
        assert!(app.anon().get(&format!("/docs/{name}")).await.is(404, "not_found"), "{name}");
    }
    assert!(app.dynamo.take_calls().is_empty(), "assets need no database");
}
