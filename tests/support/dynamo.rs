use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::call::{Call, UnderWay};
use crate::conflicts::Conflicts;
use crate::record;

/// The capacity that a call consumed.
#[derive(Clone, Debug)]
pub struct Consumed {
    /// The operation, such as `GetItem`.
    pub operation: String,
    /// The tables without their prefixes, such as `sessions+users`.
    pub tables: String,
    /// Whether the units are write units.
    pub writes: bool,
    /// How many units.
    pub units: f64,
    /// How many positions or items the call read: those that a Query or Scan looked at, the keys of a BatchGetItem, and
    /// one for any other call on one item.
    pub read: usize,
    /// The `Limit` of a Query or Scan.
    pub limit: Option<u64>,
    /// When the call came.
    pub asked: Instant,
    /// When the response was sent.
    pub answered: Instant,
}

/// A fault to inject into a call.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Refuse the call with an error code, such as `ThrottlingException`.
    Refuse(&'static str),
    /// Don't make the call, and never respond.
    Hang,
    /// Make the call, and lose the response.
    LoseResponse,
    /// Hold the call, make it after this time, and lose the response.
    Late(Duration),
    /// Make the call twice, and respond once.
    Twice,
    /// Make the call, and respond with half of the response, which is no JSON.
    Garble,
    /// Make the call, and respond with 200 and no body.
    Empty,
    /// Make the call, and respond with 500 and no body.
    ServerError,
    /// Don't make the call, and respond with this body.
    Respond(Value),
    /// Don't make the call, and respond with this status and text.
    Garbled(u16, &'static str),
    /// Refuse the call with this body, whose `__type` is the error code.
    Fail(Value),
    /// The same, after this time.
    FailAfter(Duration, Value),
    /// Make the call with this request body instead.
    Instead(Value),
}

/// The refusal of a transaction with this many parts, because another transaction has the same items.
pub fn conflict(parts: usize) -> Fault {
    let reasons = vec![serde_json::json!({ "Code": "TransactionConflict" }); parts];
    Fault::Fail(serde_json::json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "CancellationReasons": reasons,
    }))
}

type Rule = Box<dyn FnMut(&Call) -> Option<Fault> + Send>;

/// A proxy in front of DynamoDB that records calls and injects faults. The first part of the path names the calling
/// function.
#[derive(Clone)]
pub struct Proxy(Arc<Inner>);

struct Inner {
    upstream: String,
    client: Client<HttpConnector, Full<Bytes>>,
    calls: Mutex<Vec<Call>>,
    rule: Mutex<Option<Rule>>,
    conflicts: Mutex<Option<Arc<Conflicts>>>,
    distance: Mutex<Option<Duration>>,
    consumed: Mutex<Option<Vec<Consumed>>>,
    held: Held,
}

impl Proxy {
    /// Starts a proxy in front of the DynamoDB at `upstream`. Returns it with its URL.
    pub async fn start(upstream: String) -> (Self, String) {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let upstream = upstream.trim_end_matches('/').to_owned();
        let (calls, rule, conflicts, distance, consumed, held) = Default::default();
        let proxy = Self(Arc::new(Inner { upstream, client, calls, rule, conflicts, distance, consumed, held }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(handle).with_state(proxy.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (proxy, url)
    }

    /// Injects the faults that `rule` returns for calls from now on. Replaces any earlier rule.
    pub fn fault(&self, rule: impl FnMut(&Call) -> Option<Fault> + Send + 'static) {
        *self.0.rule.lock().unwrap() = Some(Box::new(rule));
    }

    /// Injects no faults from now on.
    pub fn heal(&self) {
        *self.0.rule.lock().unwrap() = None;
    }

    /// Lets every call take this much longer from now on, as if the database was farther away.
    pub fn move_away(&self, distance: Duration) {
        *self.0.distance.lock().unwrap() = Some(distance);
    }

    /// Lets transactions take this much longer from now on, and conflict as on AWS: a call that writes or checks an item
    /// of a transaction under way is refused.
    pub fn conflict(&self, lasts: Duration) {
        *self.0.conflicts.lock().unwrap() = Some(Arc::new(Conflicts::new(lasts)));
    }

    /// Waits until all calls that [`Fault::Late`] holds were made.
    pub async fn arrivals(&self) {
        self.0.held.wait_for(|held| *held == 0).await;
    }

    /// Records the capacity that calls consume from now on.
    pub fn measure(&self) {
        *self.0.consumed.lock().unwrap() = Some(Vec::new());
    }

    /// The capacity recorded since [`Self::measure`].
    pub fn take_consumed(&self) -> Vec<Consumed> {
        self.0.consumed.lock().unwrap().take().unwrap_or_default()
    }

    /// The calls since the last call of this method.
    pub fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.0.calls.lock().unwrap())
    }
}

/// The number of calls that wait to be made.
struct Held(watch::Sender<usize>);

impl Default for Held {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Held {
    async fn wait_for(&self, wanted: impl FnMut(&usize) -> bool) {
        self.0.subscribe().wait_for(wanted).await.unwrap();
    }
}

/// The service and the operation. All services used here name them in a header, except SES.
fn operation(parts: &http::request::Parts) -> (String, String) {
    let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let (service, operation) = target.unwrap_or("SES.SendEmail").split_once('.').unwrap();
    let service = service.to_lowercase().replace("amazon", "");
    (service.split('_').next().unwrap().to_owned(), operation.to_owned())
}

async fn handle(State(proxy): State<Proxy>, request: Request<Body>) -> Response<Body> {
    let (time, distance) = (UnderWay::now(), *proxy.0.distance.lock().unwrap());
    if let Some(distance) = distance {
        tokio::time::sleep(distance).await;
    }
    let response = answer(proxy, request, time.clone()).await;
    let _ = time.answered.set(Instant::now());
    response
}

async fn answer(Proxy(inner): Proxy, request: Request<Body>, time: UnderWay) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let (function, path) = parts.uri.path()[1..].split_once('/').unwrap_or((&parts.uri.path()[1..], ""));
    let (function, uri) = (function.to_owned(), format!("{}/{path}", inner.upstream));
    parts.uri = uri.parse().unwrap();
    // DynamoDB's health check is not a call and needs no grant.
    if parts.method == http::Method::GET {
        return forward(&inner, parts, body).await.map(Body::from);
    }
    let (service, operation) = operation(&parts);
    let call = Call {
        function,
        service,
        operation: operation.clone(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
        time,
    };
    let fault = inner.rule.lock().unwrap().as_mut().and_then(|rule| rule(&call));
    let conflicts = inner.conflicts.lock().unwrap().clone();
    let admitted = conflicts.map_or(Ok(None), |conflicts| conflicts.admit(&call));
    call.note();
    inner.calls.lock().unwrap().push(call);
    let under_way = match admitted {
        Ok(under_way) => under_way,
        Err(refusal) => return json(StatusCode::BAD_REQUEST, &refusal),
    };
    if let Some(under_way) = &under_way {
        tokio::time::sleep(under_way.lasts()).await;
    }
    match fault {
        Some(Fault::Refuse(code)) => {
            let body = serde_json::json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}") });
            json(StatusCode::BAD_REQUEST, &body)
        }
        Some(Fault::Respond(body)) => json(StatusCode::OK, &body),
        Some(Fault::Garbled(status, text)) => Response::builder().status(status).body(Body::from(text)).unwrap(),
        Some(Fault::Fail(body)) => json(StatusCode::BAD_REQUEST, &body),
        Some(Fault::FailAfter(pause, body)) => {
            tokio::time::sleep(pause).await;
            json(StatusCode::BAD_REQUEST, &body)
        }
        Some(Fault::Instead(other)) => forward(&inner, parts, other.to_string().into()).await.map(Body::from),
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::LoseResponse) => {
            forward(&inner, parts, body).await;
            std::future::pending().await
        }
        Some(Fault::Late(pause)) => {
            // The client may hang up, and the call is made all the same.
            let inner = inner.clone();
            inner.held.0.send_modify(|held| *held += 1);
            tokio::spawn(async move {
                tokio::time::sleep(pause).await;
                forward(&inner, parts, body).await;
                inner.held.0.send_modify(|held| *held -= 1);
            });
            std::future::pending().await
        }
        Some(Fault::Twice) => {
            let first = forward(&inner, parts.clone(), body.clone()).await;
            forward(&inner, parts, body).await;
            first.map(Body::from)
        }
        Some(Fault::Garble) => {
            let response = forward(&inner, parts, body).await;
            let half = response.body().slice(..response.body().len() / 2);
            let broken = if half.is_empty() { Bytes::from_static(b"{") } else { half };
            Response::builder().status(StatusCode::OK).body(Body::from(broken)).unwrap()
        }
        Some(fault @ (Fault::Empty | Fault::ServerError)) => {
            forward(&inner, parts, body).await;
            let failed = matches!(fault, Fault::ServerError);
            let status = if failed { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK };
            Response::builder().status(status).body(Body::empty()).unwrap()
        }
        None if inner.consumed.lock().unwrap().is_some() => measured(&inner, parts, &body, &operation).await,
        None => forward(&inner, parts, body).await.map(Body::from),
    }
}

/// How long a measured call takes longer, so that calls that were sent at once are under way at once on any machine.
const MEASURED: Duration = Duration::from_millis(10);

async fn measured(inner: &Inner, parts: http::request::Parts, body: &Bytes, operation: &str) -> Response<Body> {
    let mut request: Value = serde_json::from_slice(body).unwrap();
    request["ReturnConsumedCapacity"] = "TOTAL".into();
    let asked = Instant::now();
    let response = forward(inner, parts, request.to_string().into()).await;
    tokio::time::sleep(MEASURED).await;
    let result: Value = serde_json::from_slice(response.body()).unwrap();
    let consumed = &result["ConsumedCapacity"];
    // A refusal names no capacity.
    let one = || if consumed.is_null() { Vec::new() } else { vec![consumed.clone()] };
    let parts_of_it = consumed.as_array().cloned().unwrap_or_else(one);
    let name = |table: &Value| table["TableName"].as_str().unwrap().split_once('-').unwrap().1.to_owned();
    let mut tables: Vec<String> = parts_of_it.iter().map(name).collect();
    tables.sort();
    let units = parts_of_it.iter().map(|part| part["CapacityUnits"].as_f64().unwrap()).sum();
    let writes = !["BatchGetItem", "GetItem", "Query", "Scan"].contains(&operation);
    let read = read_by(&request, &result);
    let limit = request["Limit"].as_u64();
    let (operation, tables, answered) = (operation.to_owned(), tables.join("+"), Instant::now());
    let noted = Consumed { operation, tables, writes, units, read, limit, asked, answered };
    inner.consumed.lock().unwrap().as_mut().unwrap().push(noted);
    response.map(Body::from)
}

/// How many positions or items a call read.
fn read_by(request: &Value, response: &Value) -> usize {
    if let Some(scanned) = response["ScannedCount"].as_u64() {
        return scanned.try_into().unwrap();
    }
    let batch = request["RequestItems"].as_object();
    let keys = |table: &Value| table["Keys"].as_array().or_else(|| table.as_array()).map_or(0, Vec::len);
    let parts = || request["TransactItems"].as_array().map_or(1, Vec::len);
    batch.map_or_else(parts, |tables| tables.values().map(keys).sum())
}

/// Forwards the call upstream, and records the secrets in the response.
async fn forward(inner: &Inner, mut parts: http::request::Parts, body: Bytes) -> Response<Bytes> {
    parts.headers.remove(http::header::HOST);
    parts.headers.remove(http::header::CONTENT_LENGTH);
    let response = inner.client.request(Request::from_parts(parts, Full::new(body))).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    if record::directory().is_some() {
        record::secrets(&serde_json::from_slice(&body).unwrap_or_default());
    }
    Response::from_parts(parts, body)
}

fn json(status: StatusCode, body: &Value) -> Response<Body> {
    let response = Response::builder().status(status).header("content-type", "application/x-amz-json-1.0");
    response.body(Body::from(body.to_string())).unwrap()
}
