use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use api::{Answer, Entry};
use auth::Clock;
use axum::Router;
use axum::http::StatusCode;
use catalogue::CATALOGUE;
use jiff::Timestamp;
use local::{Invoke, Template};
use serde_json::{Value, json};
use tests::TestApp;

use crate::tls::Tls;

/// A list of what was liked has this many.
const FAVORITES: usize = 5;

/// What functions are measured in: tables with something in them, behind TLS.
pub struct Stage {
    pub app: TestApp,
    pub tls: Tls,
    products: Vec<String>,
    recorder: Recorder,
    router: Router,
    _folder: tempfile::TempDir,
}

/// A good call of a function.
#[derive(Clone)]
pub struct Event {
    pub event: Value,
    /// The status of the answer.
    pub success: u16,
}

impl Stage {
    pub async fn set() -> Result<Self, String> {
        let app = TestApp::init().await;
        let products = app.products(50).await;
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let plain = app.environment.get("AWS_ENDPOINT_URL_DYNAMODB").cloned().unwrap_or_default();
        let tls = Tls::start(plain.trim_start_matches("http://").to_owned(), folder.path()).await?;
        let recorder = Recorder::default();
        let template = Template::ours().map_err(|error| error.to_string())?;
        let router = local::router(recorder.clone(), &template).map_err(|error| error.to_string())?;
        Ok(Self { app, tls, products, recorder, router, _folder: folder })
    }

    /// A function's environment. Code that reads the system's roots trusts the same authority.
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

    /// A good call of an endpoint, by a caller of its own.
    pub async fn event(&self, entry: &Entry) -> Result<Event, String> {
        // The processes have the system's clock.
        self.app.clock.advance(Timestamp::now().duration_since(self.app.clock.now()));
        let caller = tests::admitted(&self.app, entry.level).await;
        if entry.name == "favorites_list" {
            tests::like(&caller, self.products.get(..FAVORITES).unwrap_or_default()).await;
        }
        let (path, body, success) = tests::row(&self.app, entry.name, &caller).await;
        caller.through(self.router.clone()).call(entry.route, &path, body).await;
        let event = self.recorder.0.lock().ok().and_then(|mut event| event.take());
        Ok(Event { event: event.ok_or_else(|| format!("{} is not routed", entry.name))?, success })
    }
}

impl Event {
    /// Makes sure that it was answered well.
    pub fn check(&self, name: &str, answer: &Value) -> Result<(), String> {
        match answer.get("statusCode") {
            Some(status) if *status == json!(self.success) => Ok(()),
            _ => Err(format!("{name} answered {answer}")),
        }
    }
}

/// `GET /`, for functions that say hello.
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

/// A gateway's other side that only remembers the event.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Option<Value>>>);

impl Invoke for Recorder {
    async fn invoke(&self, _: Entry, event: Value) -> Answer {
        if let Ok(mut last) = self.0.lock() {
            *last = Some(event);
        }
        Answer::empty(StatusCode::OK)
    }
}

/// The endpoints of these names; all of them if none is named.
pub fn endpoints(names: &[String]) -> Result<Vec<&'static Entry>, String> {
    if let Some(unknown) = names.iter().find(|name| CATALOGUE.iter().all(|entry| entry.name != name.as_str())) {
        return Err(format!("there is no endpoint {unknown}"));
    }
    let named = |entry: &&Entry| names.is_empty() || names.iter().any(|name| name == entry.name);
    Ok(CATALOGUE.iter().filter(named).collect())
}
