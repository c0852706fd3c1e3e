use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use api::{Entry, Response};
use auth::Clock;
use axum::Router;
use axum::http::StatusCode;
use catalogue::CATALOGUE;
use jiff::Timestamp;
use local::{Invoke, Template};
use serde_json::{Value, json};
use tests::{Client, GoodCall, TestApp};

use crate::tls::Tls;

/// The environment of measured functions: tables with data, behind TLS.
pub struct Fixture {
    pub app: TestApp,
    pub tls: Tls,
    recorder: Recorder,
    router: Router,
    _folder: tempfile::TempDir,
}

/// The event of a good call of a function.
#[derive(Clone)]
pub struct Event {
    pub event: Value,
    /// The expected status of the response.
    pub success: u16,
}

impl Fixture {
    pub async fn new() -> Result<Self, String> {
        let app = TestApp::init().await;
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let plain = app.environment.get("AWS_ENDPOINT_URL_DYNAMODB").cloned().unwrap_or_default();
        let tls = Tls::start(plain.trim_start_matches("http://").to_owned(), folder.path()).await?;
        let recorder = Recorder::default();
        let template = Template::ours().map_err(|error| error.to_string())?;
        let router = local::router(recorder.clone(), &template).map_err(|error| error.to_string())?;
        Ok(Self { app, tls, recorder, router, _folder: folder })
    }

    /// Environment variables of a function. Code that reads the system's root certificates trusts the same authority.
    pub fn environment(&self, prewarm: bool) -> BTreeMap<String, String> {
        let mut environment = self.app.environment.clone();
        let bundle = self.tls.bundle.to_string_lossy().into_owned();
        let prewarm = if prewarm { "on" } else { "off" };
        environment.extend([
            ("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), self.tls.url.clone()),
            ("AWS_CA_BUNDLE".to_owned(), bundle.clone()),
            ("SSL_CERT_FILE".to_owned(), bundle),
            ("PREWARM".to_owned(), prewarm.to_owned()),
        ]);
        environment
    }

    /// A good call of an endpoint, by a new client.
    pub async fn event(&self, entry: &Entry) -> Result<Event, String> {
        self.set_clock();
        let client = tests::admitted(&self.app, entry.level).await;
        tests::shop::prepare_once(&self.app, entry.name, &client).await;
        let call = tests::good_call(&self.app, entry.name, &client).await;
        self.event_of(entry, &client, call).await
    }

    /// Sets the clock of the app to the time of the system, which functions use.
    pub fn set_clock(&self) {
        self.app.clock.advance(Timestamp::now().duration_since(self.app.clock.now()));
    }

    /// A call of an endpoint by this client.
    pub async fn event_of(&self, entry: &Entry, client: &Client, call: GoodCall) -> Result<Event, String> {
        let (path, body, success) = call;
        client.through(self.router.clone()).call(entry.route, &path, body).await;
        let event = self.recorder.0.lock().ok().and_then(|mut event| event.take());
        Ok(Event { event: event.ok_or_else(|| format!("{} is not routed", entry.name))?, success })
    }
}

impl Event {
    /// Checks that the response has the expected status.
    pub fn check(&self, name: &str, response: &Value) -> Result<(), String> {
        match response.get("statusCode") {
            Some(status) if *status == json!(self.success) => Ok(()),
            _ => Err(format!("{name} returned {response}")),
        }
    }
}

/// The event of `GET /`, for minimal functions.
pub fn hello() -> Value {
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/",
        "rawQueryString": "",
        "headers": { "host": "bench" },
        "requestContext": {
            "http": { "method": "GET", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "10.9.9.9", "userAgent": "bench" },
            "stage": "$default",
            "timeEpoch": 0,
        },
        "isBase64Encoded": false,
    })
}

/// Stands in for the functions behind the gateway, and only keeps the event.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Option<Value>>>);

impl Invoke for Recorder {
    async fn invoke(&self, _: Entry, event: Value) -> Response {
        if let Ok(mut last) = self.0.lock() {
            *last = Some(event);
        }
        Response::empty(StatusCode::OK)
    }
}

/// The endpoints with these names, or all endpoints if there are no names.
pub fn endpoints(names: &[String]) -> Result<Vec<&'static Entry>, String> {
    if let Some(unknown) = names.iter().find(|name| CATALOGUE.iter().all(|entry| entry.name != name.as_str())) {
        return Err(format!("there is no endpoint {unknown}"));
    }
    let named = |entry: &&Entry| names.is_empty() || names.iter().any(|name| name == entry.name);
    Ok(CATALOGUE.iter().filter(named).collect())
}
