//! The events that the local gateway makes, and what it adds to responses: as API Gateway does.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use api::{Entry, Response};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use http_body_util::BodyExt;
use local::{Invoke, Template};
use serde_json::{Value, json};
use tower::ServiceExt;

/// Keeps the events of all functions. Each answers with headers that are the gateway's own, and with `Vary`.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<Value>>>);

impl Invoke for Recorder {
    async fn invoke(&self, _: Entry, event: Value) -> Response {
        self.0.lock().unwrap().push(event);
        let mut response = Response::empty(StatusCode::OK);
        for (name, value) in [
            ("access-control-allow-origin", "https://of-the-function.example"),
            ("access-control-allow-credentials", "true"),
            ("vary", "accept"),
        ] {
            response.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        response
    }
}

/// A gateway over recorded functions.
pub(crate) struct Gateway {
    events: Recorder,
    router: Router,
}

impl Gateway {
    pub(crate) fn new(template: &Template) -> Self {
        let events = Recorder::default();
        let router = local::router(events.clone(), template).unwrap();
        Self { events, router }
    }

    /// The status, the headers and the body of the response.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> (u16, HeaderMap, String) {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 9], 40_000))));
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (parts.status.as_u16(), parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    pub(crate) fn take_events(&self) -> Vec<Value> {
        std::mem::take(&mut self.events.0.lock().unwrap())
    }

    /// The event of a request.
    async fn event(&self, request: Request<Body>) -> Value {
        self.send(request).await;
        let [event] = self.take_events().try_into().unwrap();
        event
    }
}

fn ours() -> Gateway {
    Gateway::new(&Template::ours().unwrap())
}

#[tokio::test]
async fn a_query_is_passed_on_encoded_and_decoded() {
    let gateway = ours();
    for (query, raw, parameters) in [
        ("", "", Value::Null),
        ("a=1", "a=1", json!({ "a": "1" })),
        ("a=1&b=2&a=3", "a=1&b=2&a=3", json!({ "a": "1,3", "b": "2" })),
        ("a=b%20c+d%2B", "a=b%20c+d%2B", json!({ "a": "b c d+" })),
        ("%61=%C3%A9", "%61=%C3%A9", json!({ "a": "\u{e9}" })),
        ("a=\u{e9}", "a=%C3%A9", json!({ "a": "\u{e9}" })),
        ("a&b=", "a&b=", json!({ "a": "", "b": "" })),
        ("A=1&a=2", "A=1&a=2", json!({ "A": "1", "a": "2" })),
        ("a=%zz|", "a=%zz|", json!({ "a": "%zz|" })),
    ] {
        let request = Request::get(format!("/v1/users?{query}")).body(Body::empty()).unwrap();
        let event = gateway.event(request).await;
        assert_eq!(event["rawQueryString"], raw, "{query}");
        assert_eq!(event["queryStringParameters"], parameters, "{query}");
        assert_eq!(event.get("queryStringParameters").is_some(), !parameters.is_null(), "{query}");
    }
}

#[tokio::test]
async fn a_path_is_passed_on_decoded() {
    let gateway = ours();
    let request = Request::get("/v1/users/a%20b%C3%A9").body(Body::empty()).unwrap();
    let event = gateway.event(request).await;
    assert_eq!(
        (&event["rawPath"], &event["routeKey"]),
        (&json!("/v1/users/a b\u{e9}"), &json!("GET /v1/users/{user_id}"))
    );
    assert_eq!(event["pathParameters"], json!({ "user_id": "a b\u{e9}" }));
    let context = &event["requestContext"];
    assert_eq!(context["http"]["sourceIp"], "127.0.0.9");
    // As in an access log: 01/Jan/2026:00:00:00 +0000
    let time = context["time"].as_str().unwrap();
    assert_eq!((time.len(), &time[2..3], &time[11..12], &time[20..]), (26, "/", ":", " +0000"), "{time}");
}

#[tokio::test]
async fn headers_have_small_letters_and_concern_no_connection() {
    let gateway = ours();
    let request = Request::get("/v1/users")
        .header("Accept", "a/b")
        .header("ACCEPT", "c/d")
        .header("Cookie", "a=b")
        .header("Connection", "keep-alive, te")
        .header("TE", "trailers")
        .header("Expect", "100-continue")
        .header("Transfer-Encoding", "chunked")
        .header("Upgrade", "h2c")
        .header("X-Own", "kept");
    let event = gateway.event(request.body(Body::empty()).unwrap()).await;
    assert_eq!(event["headers"], json!({ "accept": "a/b,c/d", "content-length": "0", "x-own": "kept" }));
    assert_eq!(event["cookies"], json!(["a=b"]));
}

#[tokio::test]
async fn only_declared_text_is_passed_on_as_text() {
    let gateway = ours();
    for (content_type, body, base64, passed) in [
        ("application/json", &b"{}"[..], false, json!("{}")),
        ("Application/JSON ; charset=utf-8", b"{}", false, json!("{}")),
        ("text/plain", b"a", false, json!("a")),
        ("application/xml", b"a", false, json!("a")),
        ("application/javascript", b"a", false, json!("a")),
        ("", b"{}", true, json!("e30=")),
        ("application/x-www-form-urlencoded", b"a=b", true, json!("YT1i")),
        ("application/octet-stream", b"a", true, json!("YQ==")),
        ("application/json", b"\xff", true, json!("/w==")),
        ("application/json", b"", false, Value::Null),
        ("", b"", false, Value::Null),
    ] {
        let request = Request::post("/v1/users");
        let request = if content_type.is_empty() { request } else { request.header("content-type", content_type) };
        let event = gateway.event(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(event["isBase64Encoded"], base64, "{content_type} {body:?}");
        assert_eq!(event["body"], passed, "{content_type} {body:?}");
        assert_eq!(event["headers"]["content-length"], body.len().to_string(), "{content_type} {body:?}");
    }
}

#[tokio::test]
async fn every_response_has_the_id_of_its_request() {
    let gateway = ours();
    let mut ids = Vec::new();
    for (method, path, status) in
        [("GET", "/v1/users", 200), ("GET", "/nowhere", 404), ("OPTIONS", "/v1/users", 204), ("POST", "/v1/users", 413)]
    {
        let length = if status == 413 { 10 * 1024 * 1024 + 1 } else { 0 };
        let request = Request::builder().method(method).uri(path).body(Body::from(vec![b' '; length])).unwrap();
        let (got, headers, _) = gateway.send(request).await;
        assert_eq!(got, status, "{method} {path}");
        let id = headers["apigw-requestid"].to_str().unwrap().to_owned();
        let seen: Vec<Value> =
            gateway.take_events().iter().map(|event| event["requestContext"]["requestId"].clone()).collect();
        assert_eq!(seen, if status == 200 { vec![json!(id)] } else { vec![] }, "{method} {path}");
        assert!(!id.is_empty() && !ids.contains(&id), "{method} {path}: {id}");
        ids.push(id);
    }
}
