use std::net::IpAddr;
use std::sync::Arc;

use auth::OsEntropy;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use super::call::Call;
use super::target::{Target, address};

/// Default number of items on a page.
pub const PAGE: usize = 50;

type Http = Client<HttpConnector, Full<Bytes>>;

/// A signed-in client that sends one request after the other from its own address.
pub struct Connection {
    target: Arc<Target>,
    http: Http,
    token: String,
    turn: usize,
}

impl Connection {
    /// Signs in one of the users who have favourites.
    pub async fn new(target: Arc<Target>, number: usize) -> Result<Self, String> {
        let from = address(1, u32::try_from(number).unwrap_or_default() + 1);
        let mut connection = Self { target, http: client(from), token: String::new(), turn: number * 13 };
        let user = connection.target.contents.users.get(number).cloned().ok_or("more connections than users")?;
        let (_, from) = connection.target.next_sign_in();
        let response = read(&connection.sign_in(&user, from).await?)?;
        let token = response.get("access_token").and_then(Value::as_str);
        connection.token = token.ok_or("no access token")?.to_owned();
        Ok(connection)
    }

    /// The next call of the mix.
    pub fn next(&mut self) -> Call {
        self.turn += 1;
        Call::of_turn(self.turn)
    }

    /// Sends a call. Returns the body of a good response, or the error.
    pub async fn send(&self, call: Call) -> Result<Bytes, String> {
        let products = &self.target.contents.products;
        let path = match call {
            Call::List => "/v1/products".to_owned(),
            // The oldest products are left out: no full page follows them.
            Call::ListDeep => format!("/v1/products?cursor={}", cursor(pick(products.get(PAGE..).unwrap_or_default()))),
            Call::Get => format!("/v1/products/{}", pick(products)),
            Call::Favorites => "/v1/products/favorites".to_owned(),
            Call::Me => "/v1/users/me".to_owned(),
            Call::SignIn => {
                let (user, from) = self.target.next_sign_in();
                return self.sign_in(user, from).await;
            }
        };
        let request = Request::get(format!("{}{path}", self.target.url));
        let request = match call {
            Call::Favorites | Call::Me => request.header("authorization", format!("Bearer {}", self.token)),
            _ => request,
        };
        exchange(&self.http, request.body(Full::default())).await
    }

    /// Opens a new connection, because a connection has one address.
    async fn sign_in(&self, user: &str, from: IpAddr) -> Result<Bytes, String> {
        let body = json!({ "username": user, "password": identity::demo::PASSWORD }).to_string();
        let request = Request::post(format!("{}/v1/auth/token", self.target.url));
        let request = request.header("content-type", "application/json").body(Full::from(body));
        exchange(&client(from), request).await
    }
}

fn client(from: IpAddr) -> Http {
    let mut connector = HttpConnector::new();
    connector.set_local_address(Some(from));
    connector.set_nodelay(true);
    Client::builder(TokioExecutor::new()).build(connector)
}

/// Sends a request. Returns the whole body of a good response, or the error.
async fn exchange(http: &Http, request: http::Result<Request<Full<Bytes>>>) -> Result<Bytes, String> {
    let response =
        http.request(request.map_err(|error| error.to_string())?).await.map_err(|error| error.to_string())?;
    let status = response.status();
    let body = response.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
    if status == 200 { Ok(body) } else { Err(format!("{status}")) }
}

/// Parses the body of a response.
pub fn read(body: &Bytes) -> Result<Value, String> {
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

/// A random item.
fn pick<T: ToString>(all: &[T]) -> String {
    let random = u32::from_ne_bytes(auth::random(&OsEntropy).unwrap_or_default()) as usize;
    all.get(random % all.len().max(1)).map(T::to_string).unwrap_or_default()
}

/// The cursor of the page after this product, as in the list's `Link` header. Paging to the middle of a million
/// products would take too long.
fn cursor(product: String) -> String {
    URL_SAFE_NO_PAD.encode(json!(["products", "all", product]).to_string())
}
