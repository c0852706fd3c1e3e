use std::collections::BTreeMap;
use std::net::IpAddr;

use axum::body::Bytes;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{self, HeaderName};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use mediatype::MediaType;
use percent_encoding::{CONTROLS, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};
use uuid::Uuid;

/// Headers of one connection, which no gateway passes on. Cookies are in a separate list.
const NOT_PASSED_ON: [HeaderName; 8] = [
    header::CONNECTION,
    header::COOKIE,
    header::EXPECT,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];
/// Types of bodies that are passed on as text, apart from `text/*`.
const TEXTS: [&str; 3] = ["application/javascript", "application/json", "application/xml"];

/// The id of a request, an extension of the request.
#[derive(Clone)]
pub(crate) struct RequestId(String);

impl RequestId {
    pub(crate) fn new() -> Self {
        // Ids need not be secret, only distinct.
        let random: [u8; 16] = auth::random(&auth::OsEntropy).unwrap_or_default();
        Self(Uuid::from_bytes(random).simple().to_string())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Builds the event of an API Gateway HTTP API (payload version 2.0) from a request that matched `route`, such as `GET
/// /v1/users/{user_id}`.
pub fn to_event(request: &Parts, body: &Bytes, peer: IpAddr, route: &str, parameters: &[(String, String)]) -> Value {
    let headers = headers(&request.headers, body);
    let query = request.uri.query().unwrap_or_default();
    let text = text(&request.headers, body);
    let mut event = json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": decode(request.uri.path()),
        "rawQueryString": utf8_percent_encode(query, CONTROLS).to_string(),
        "requestContext": context(request, &headers, peer, route),
        "headers": headers,
        "isBase64Encoded": text.is_none() && !body.is_empty(),
    });
    let parameters: BTreeMap<&str, String> =
        parameters.iter().map(|(name, value)| (name.as_str(), decode(value))).collect();
    let cookies: Vec<&str> = request.headers.get_all(header::COOKIE).iter().filter_map(|c| c.to_str().ok()).collect();
    let body = text.map_or_else(|| STANDARD.encode(body), str::to_owned);
    let query = query_parameters(query);
    // API Gateway leaves out empty values.
    let optional = [
        ("cookies", (!cookies.is_empty()).then(|| json!(cookies))),
        ("queryStringParameters", (!query.is_empty()).then(|| json!(query))),
        ("pathParameters", (!parameters.is_empty()).then(|| json!(parameters))),
        ("body", (!body.is_empty()).then(|| json!(body))),
    ];
    if let Some(event) = event.as_object_mut() {
        event.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    event
}

fn context(request: &Parts, headers: &BTreeMap<&str, String>, peer: IpAddr, route: &str) -> Value {
    let now = Timestamp::now();
    let id = request.extensions.get().cloned().unwrap_or_else(RequestId::new);
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
        "requestId": id.as_str(),
        "routeKey": route,
        "stage": "$default",
        "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
        "timeEpoch": now.as_millisecond(),
    })
}

/// Joins several headers of one name with a comma, like API Gateway. A request has a length, even without a body.
fn headers<'a>(all: &'a HeaderMap, body: &Bytes) -> BTreeMap<&'a str, String> {
    let names = all.keys().filter(|name| !NOT_PASSED_ON.contains(name));
    let join = |name: &HeaderName| {
        let values = all.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        values.collect::<Vec<_>>().join(",")
    };
    let mut headers: BTreeMap<&str, String> = names.map(|name| (name.as_str(), join(name))).collect();
    headers.insert("content-length", body.len().to_string());
    headers
}

/// The decoded parameters. Several values of one name are joined with a comma.
fn query_parameters(query: &str) -> BTreeMap<String, String> {
    let mut parameters: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let joined = parameters.get(&*name).map_or_else(|| value.to_string(), |before| format!("{before},{value}"));
        parameters.insert(name.into_owned(), joined);
    }
    parameters
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The body, if its type and its bytes are text. API Gateway encodes everything else, also bodies without a type.
fn text<'a>(headers: &HeaderMap, body: &'a Bytes) -> Option<&'a str> {
    let declared = headers.get(header::CONTENT_TYPE).map(HeaderValue::to_str)?.ok()?;
    let media_type = MediaType::parse(declared).ok()?.essence().to_string().to_ascii_lowercase();
    let is_text = media_type.starts_with("text/") || TEXTS.contains(&media_type.as_str());
    std::str::from_utf8(body).ok().filter(|_| is_text)
}
