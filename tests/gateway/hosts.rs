//! Names of hosts in HTTP/2, which the executable does not speak. `tests/processes` tests HTTP/1.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Version};
use tower::ServiceExt;

#[tokio::test]
async fn in_http_2_the_authority_names_the_host() {
    let router = local::refuse_other_hosts(Router::new().fallback(async || "reached"));
    for (version, uri, host, status) in [
        (Version::HTTP_2, "http://127.0.0.1:3000/", None, 200),
        (Version::HTTP_2, "http://localhost/", Some("localhost"), 200),
        (Version::HTTP_2, "http://evil.example/", None, 403),
        (Version::HTTP_2, "http://evil.example/", Some("localhost"), 403),
        (Version::HTTP_2, "http://localhost/", Some("evil.example"), 403),
        (Version::HTTP_2, "/", None, 403),
        (Version::HTTP_11, "http://localhost/", None, 403),
        (Version::HTTP_11, "/", None, 403),
        (Version::HTTP_11, "/", Some("localhost"), 200),
    ] {
        let request = Request::get(uri).version(version);
        let request = if let Some(host) = host { request.header("host", host) } else { request };
        let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{version:?} {uri} {host:?}");
    }
}
