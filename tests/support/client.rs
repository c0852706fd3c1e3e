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

use crate::forge::Forge;
use crate::record;

/// A client of the API, with its own address.
#[derive(Clone)]
pub struct Client {
    pub(crate) router: Router,
    /// The address of the calls.
    pub address: IpAddr,
    /// The access token, if there is one.
    pub token: Option<String>,
    /// The refresh token, if the caller signed in.
    pub refresh_token: String,
    /// The id of the user. The nil id without a user.
    pub id: UserId,
    /// The username. Empty without a user.
    pub username: String,
}

/// A response of the API.
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
    /// The body as JSON. Null if the body is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The stable code of an error.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The value of a header. Empty if the header is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The log lines of the request.
    pub fn events(&self) -> Vec<Value> {
        record::events(self.header("x-request-id"))
    }

    /// Whether the response has this status and this code.
    pub fn is(&self, status: u16, code: &str) -> bool {
        (self.status, self.code().as_str()) == (status, code)
    }
}

impl Client {
    /// A client without a token at `address`.
    pub fn new(router: Router, address: IpAddr) -> Self {
        let (refresh_token, username) = (String::new(), String::new());
        Self { router, address, token: None, refresh_token, id: UserId::nobody(), username }
    }

    /// The same client with another token.
    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    /// The same client, signed in as this user with the tokens of the response, which must have them.
    #[track_caller]
    pub fn signed_in(&self, username: &str, response: &Response) -> Self {
        assert_eq!(response.status, 200, "{}", response.body);
        let text = |name: &str| response.json()[name].as_str().unwrap().to_owned();
        let id = UserId::parse(Forge::claims(&text("access_token"))["sub"].as_str().unwrap()).unwrap();
        let me = self.with_token(text("access_token"));
        Self { refresh_token: text("refresh_token"), id, username: username.to_owned(), ..me }
    }

    /// The same client at another gateway.
    pub fn through(&self, router: Router) -> Self {
        Self { router, ..self.clone() }
    }

    /// The same client at another address.
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

    /// Calls the endpoint with this route, at `path`.
    pub async fn call(&self, route: Route, path: &str, body: Option<Value>) -> Response {
        self.send(route.method.as_str().parse().unwrap(), path, body).await
    }

    /// Sends a request with the client's token, and the body as JSON.
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

    /// Sends a request with further headers.
    pub async fn send_with(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Response {
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        body.iter().for_each(record::secrets);
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.request(request.body(body).unwrap()).await
    }

    /// Sends any request. Adds the client's token if the request has no `Authorization` header.
    pub async fn request(&self, mut request: Request<Body>) -> Response {
        self.token.as_deref().inspect(|token| record::secret(token));
        if let (Some(token), false) = (&self.token, request.headers().contains_key("authorization")) {
            request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        // The OpenAPI document has fields named like secrets, but no secrets.
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
