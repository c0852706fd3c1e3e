use std::net::{IpAddr, SocketAddr};

use api::Route;
use auth::UserId;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use crate::record;

/// Somebody who calls the API, from an address of their own.
#[derive(Clone)]
pub struct Client {
    pub(crate) router: Router,
    /// Where the calls come from.
    pub address: IpAddr,
    /// The access token, if there is one.
    pub token: Option<String>,
    /// The refresh token, if the caller signed in.
    pub refresh_token: String,
    /// Who it is; the nil id for nobody.
    pub id: UserId,
    /// The username; empty for nobody.
    pub username: String,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

impl Response {
    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The stable code of an error.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// A header; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// What the log says of it.
    pub fn events(&self) -> Vec<Value> {
        record::events(self.header("x-request-id"))
    }

    /// Status and code at once.
    pub fn is(&self, status: u16, code: &str) -> bool {
        (self.status, self.code().as_str()) == (status, code)
    }
}

impl Client {
    /// Somebody without a token, who calls from `address`.
    pub fn new(router: Router, address: IpAddr) -> Self {
        let (refresh_token, username) = (String::new(), String::new());
        Self { router, address, token: None, refresh_token, id: UserId::nobody(), username }
    }

    /// The same caller with another token.
    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    /// The same caller at another gateway.
    pub fn through(&self, router: Router) -> Self {
        Self { router, ..self.clone() }
    }

    /// The same caller at another address.
    pub fn at(&self, address: &str) -> Self {
        Self { address: address.parse().unwrap(), ..self.clone() }
    }

    /// `GET path`
    pub async fn get(&self, path: &str) -> Response {
        self.send(Method::GET, path, None).await
    }

    /// `POST path`
    pub async fn post(&self, path: &str, body: Value) -> Response {
        self.send(Method::POST, path, Some(body)).await
    }

    /// `PUT path`, without a body.
    pub async fn put(&self, path: &str) -> Response {
        self.send(Method::PUT, path, None).await
    }

    /// `PATCH path`
    pub async fn patch(&self, path: &str, body: Value) -> Response {
        self.send(Method::PATCH, path, Some(body)).await
    }

    /// `DELETE path`
    pub async fn delete(&self, path: &str) -> Response {
        self.send(Method::DELETE, path, None).await
    }

    /// Calls the endpoint with this route, at one of its paths.
    pub async fn call(&self, route: Route, path: &str, body: Option<Value>) -> Response {
        self.send(route.method.as_str().parse().unwrap(), path, body).await
    }

    /// Sends a request with the caller's token and, if there is a body, as JSON.
    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Response {
        let request = Request::builder().method(method).uri(path);
        let request = match &body {
            Some(_) => request.header("content-type", "application/json"),
            None => request,
        };
        body.iter().for_each(record::secrets);
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.request(request.body(body).unwrap()).await
    }

    /// Sends a request of any kind, with the caller's token unless it has an `Authorization` of its own.
    pub async fn request(&self, mut request: Request<Body>) -> Response {
        self.token.as_deref().inspect(|token| record::secret(token));
        if let (Some(token), false) = (&self.token, request.headers().contains_key("authorization")) {
            request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        // It has names of secrets, and no secret.
        let describes = request.uri().path() == "/openapi.json";
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(self.address, 40_000)));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        let response = Response { status: parts.status.as_u16(), headers: parts.headers, body };
        if !describes {
            record::secrets(&response.json());
        }
        response
    }
}
