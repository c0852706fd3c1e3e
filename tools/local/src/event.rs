use std::collections::BTreeMap;
use std::net::IpAddr;

use axum::body::Bytes;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts;
use http::{HeaderMap, header};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use uuid::Uuid;

/// Builds the event of an API Gateway HTTP API (payload version 2.0) from a request that matched `route`, such as `GET
/// /v1/products/{product_id}`.
pub fn to_event(request: &Parts, body: &Bytes, peer: IpAddr, route: &str, parameters: &[(String, String)]) -> Value {
    let headers = headers(&request.headers);
    let parameters: BTreeMap<&str, String> =
        parameters.iter().map(|(name, value)| (name.as_str(), decode(value))).collect();
    let cookies: Vec<&str> = request.headers.get_all(header::COOKIE).iter().filter_map(|c| c.to_str().ok()).collect();
    let mut event = json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": decode(request.uri.path()),
        "rawQueryString": request.uri.query().unwrap_or_default(),
        "requestContext": context(request, &headers, peer, route),
        "headers": headers,
        "isBase64Encoded": std::str::from_utf8(body).is_err(),
    });
    // API Gateway leaves out empty values.
    let optional = [
        ("cookies", (!cookies.is_empty()).then(|| json!(cookies))),
        ("pathParameters", (!parameters.is_empty()).then(|| json!(parameters))),
        ("body", (!body.is_empty()).then(|| json!(text(body)))),
    ];
    if let Some(event) = event.as_object_mut() {
        event.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    event
}

fn context(request: &Parts, headers: &BTreeMap<&str, String>, peer: IpAddr, route: &str) -> Value {
    let now = Timestamp::now();
    json!({
        "accountId": "000000000000",
        "apiId": "local",
        "domainName": headers.get("host"),
        "domainPrefix": "local",
        "http": {
            "method": request.method.as_str(),
            "path": decode(request.uri.path()),
            "protocol": "HTTP/1.1",
            "sourceIp": peer.to_string(),
            "userAgent": headers.get("user-agent"),
        },
        "requestId": Uuid::from_u128(u128::from_ne_bytes(random())).simple().to_string(),
        "routeKey": route,
        "stage": "$default",
        "time": now.to_string(),
        "timeEpoch": now.as_millisecond(),
    })
}

/// Joins several headers of one name with a comma, like API Gateway. Cookies are in a separate list.
fn headers(all: &HeaderMap) -> BTreeMap<&str, String> {
    let names = all.keys().filter(|name| **name != header::COOKIE);
    let join = |name: &header::HeaderName| {
        let values = all.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        values.collect::<Vec<_>>().join(",")
    };
    names.map(|name| (name.as_str(), join(name))).collect()
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn text(body: &Bytes) -> String {
    std::str::from_utf8(body).map_or_else(|_| STANDARD.encode(body), str::to_owned)
}

/// Request ids need not be secret, only distinct.
fn random() -> [u8; 16] {
    auth::random(&auth::OsEntropy).unwrap_or_default()
}
