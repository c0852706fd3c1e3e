//! Good calls that tests declare as data: `tests/<suite>/calls.json`, beside the tests of the endpoints.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use api::Entry;
use auth::{BoxFuture, Level};
use catalogue::CATALOGUE;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{Client, Response};
use crate::contract::operation;
use crate::repository::calls;

/// Path, body and the status of success.
pub type GoodCall = (String, Option<Value>, u16);

/// A call that needs nothing but calls of other endpoints. An endpoint without parameters and body needs no
/// declaration.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Declared {
    /// The endpoint that is called before. The parameters of the path are those of its path and of its `Location`.
    after: Option<String>,
    /// Values of the path's parameters.
    #[serde(default)]
    parameters: BTreeMap<String, String>,
    /// The body.
    body: Option<Value>,
}

static DECLARED: LazyLock<BTreeMap<String, Declared>> = LazyLock::new(|| {
    let mut all = BTreeMap::new();
    for (file, text) in calls() {
        let declared: BTreeMap<String, Declared> =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        for (endpoint, call) in declared {
            assert!(CATALOGUE.iter().any(|entry| entry.name == endpoint), "{file}: there is no endpoint {endpoint}");
            assert!(all.insert(endpoint.clone(), call).is_none(), "{file}: {endpoint} has a call in another file, too");
        }
    }
    all
});

/// Whether an endpoint has a declared call.
pub(super) fn is_declared(entry: &Entry) -> bool {
    DECLARED.contains_key(entry.name)
}

/// Makes clients for the calls before a good call.
pub trait Callers: Sync {
    /// A client with just the access that this level demands.
    fn admitted(&self, level: Level) -> BoxFuture<'_, Client>;
}

/// The call of this client.
pub async fn plain_call(entry: &Entry, client: &Client, callers: &impl Callers) -> GoodCall {
    let (parameters, body) = prepared(entry, client, callers).await;
    (filled(entry, &parameters), body, success(entry))
}

/// Makes the calls before. Returns the parameters of the path, and the body.
async fn prepared(entry: &Entry, client: &Client, callers: &impl Callers) -> (BTreeMap<String, String>, Option<Value>) {
    let Some(declared) = DECLARED.get(entry.name) else {
        assert!(!takes_body(entry), "{} takes a body: declare a good call in tests/*/calls.json", entry.name);
        return (BTreeMap::new(), None);
    };
    let mut parameters = match &declared.after {
        Some(before) => parameters_after(before, client, callers).await,
        None => BTreeMap::new(),
    };
    parameters.extend(declared.parameters.clone());
    (parameters, declared.body.clone())
}

/// Calls the endpoint before, as the same client if it is admitted. Returns the parameters that follow from the call.
fn parameters_after<'a>(
    before: &'a str,
    client: &'a Client,
    callers: &'a impl Callers,
) -> BoxFuture<'a, BTreeMap<String, String>> {
    Box::pin(async move {
        let entry = CATALOGUE.iter().find(|entry| entry.name == before);
        let entry = entry.unwrap_or_else(|| panic!("a good call comes after {before}, which is no endpoint"));
        let (mut parameters, body) = prepared(entry, client, callers).await;
        let path = filled(entry, &parameters);
        let mut response = client.call(entry.route, &path, body.clone()).await;
        if response.status != success(entry) {
            response = callers.admitted(entry.level).await.call(entry.route, &path, body).await;
        }
        assert_eq!(response.status, success(entry), "{before}, before another call: {}", response.body);
        parameters.extend(located(&response));
        parameters
    })
}

/// The parameters in the path of the response's `Location`.
fn located(response: &Response) -> BTreeMap<String, String> {
    let location: Vec<&str> = response.header("location").split('/').collect();
    let mut templates = CATALOGUE.iter().map(|entry| entry.route.path.split('/').collect::<Vec<_>>());
    let template = templates.find(|template| {
        let same = template.iter().zip(&location).all(|(part, value)| part.starts_with('{') || part == value);
        same && template.len() == location.len()
    });
    let template = template.unwrap_or_default();
    let parameters = template.into_iter().zip(&location).filter(|(part, _)| part.starts_with('{'));
    parameters.map(|(part, value)| (part.trim_matches(['{', '}']).to_owned(), (*value).to_owned())).collect()
}

/// The path of the route with these values.
fn filled(entry: &Entry, parameters: &BTreeMap<String, String>) -> String {
    let path = parameters
        .iter()
        .fold(entry.route.path.to_owned(), |path, (name, value)| path.replace(&format!("{{{name}}}"), value));
    assert!(!path.contains('{'), "{}: tests/*/calls.json gives no value for {path}", entry.name);
    path
}

fn takes_body(entry: &Entry) -> bool {
    operation(entry.name).unwrap()["requestBody"].is_object()
}

/// The documented status of success.
fn success(entry: &Entry) -> u16 {
    let statuses = operation(entry.name).unwrap()["responses"].as_object().unwrap().keys();
    let mut statuses = statuses.filter_map(|status| status.parse().ok()).filter(|status| (200..300).contains(status));
    statuses.next().unwrap_or_else(|| panic!("{} documents no success", entry.name))
}
