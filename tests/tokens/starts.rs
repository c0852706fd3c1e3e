//! Starts of endpoints, workers and tasks while a store is away: only a missing or wrong setting ends one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use api::{Context, Error, PartInfo};
use auth::OsEntropy;
use axum::Router;
use axum::http::StatusCode;
use catalogue::{CATALOGUE, TASKS, WORKERS};
use identity::Identity;
use serde_json::json;
use tests::{Client, Fault, ManualClock, PASSWORD, TestApp, permit, settings};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

type Environment = BTreeMap<String, String>;

const NOBODY: &str = "http://127.0.0.1:9";
/// The variables of stores that only local work and tests have.
const LOCAL: [&str; 4] = ["SIGNING_SEED_FILE", "SEALING_KEYS_FILE", "JOB_SPOOL", "MAIL_OUTBOX"];

/// The context of a process with this environment, which has just begun to start.
fn process(environment: &Environment) -> Context {
    let clock = Arc::new(ManualClock::new());
    Identity::context(&permit(), &settings(environment.clone()), clock, Arc::new(OsEntropy))
}

/// Starts every endpoint, worker and task, each as a process of its own. Returns their outcomes by name.
async fn starts(environment: &Environment) -> BTreeMap<&'static str, api::Result<()>> {
    let mut running = JoinSet::new();
    for entry in CATALOGUE {
        let context = process(environment);
        running.spawn(async move { (entry.name, entry.prepare(&context, &permit()).await) });
    }
    for worker in WORKERS {
        let context = process(environment);
        running.spawn(async move { (worker.name, worker.prepare(&context, &permit()).await) });
    }
    for task in TASKS {
        let context = process(environment);
        running.spawn(async move { (task.name, task.prepare(&context, &permit()).await) });
    }
    running.join_all().await.into_iter().collect()
}

async fn all_start(what: &str, environment: &Environment) {
    for (name, outcome) in starts(environment).await {
        assert!(outcome.is_ok(), "{name} with {what}: {outcome:?}");
    }
}

fn with(environment: &Environment, changes: &[(&str, &str)]) -> Environment {
    let mut environment = environment.clone();
    environment.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    environment
}

/// A service that always answers this. Returns its URL.
async fn service(status: u16, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(async move || (StatusCode::from_u16(status).unwrap(), body));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn sign_in(anon: &Client, username: &str) -> u16 {
    anon.post("/v1/auth/token", json!({ "username": username, "password": PASSWORD })).await.status
}

#[tokio::test]
async fn no_answer_of_the_database_ends_a_start() {
    let faults = [
        Fault::Refuse("ThrottlingException"),
        Fault::Refuse("ProvisionedThroughputExceededException"),
        Fault::Refuse("InternalServerError"),
        Fault::Refuse("ResourceNotFoundException"),
        Fault::Refuse("AccessDeniedException"),
        Fault::ServerError,
        Fault::Empty,
        Fault::Garbled(503, "<html>"),
    ];
    let app = TestApp::init_with(&[("PREWARM", "on")]).await;
    let user = app.user().await;
    for fault in faults {
        let shown = format!("{fault:?}");
        app.dynamo.fault(move |_| Some(fault.clone()));
        all_start(&shown, &app.environment).await;
        app.dynamo.heal();
        assert_eq!(sign_in(&app.second_process().anon(), &user.username).await, 200, "{shown}");
    }
    all_start("nobody there", &with(&app.environment, &[("AWS_ENDPOINT_URL_DYNAMODB", NOBODY)])).await;
}

#[tokio::test]
async fn requests_after_such_a_start_answer_503_until_the_database_is_back() {
    for fault in [Fault::Refuse("ThrottlingException"), Fault::Refuse("InternalServerError")] {
        let app = TestApp::init_with(&[("PREWARM", "on")]).await;
        let user = app.user().await;
        let process = app.second_process();
        app.dynamo.fault(move |_| Some(fault.clone()));
        for entry in CATALOGUE {
            entry.prepare(&process.context, &permit()).await.unwrap();
        }
        for path in ["/v1/health", "/.well-known/jwks.json"] {
            let response = process.anon().get(path).await;
            assert!(response.is(503, "unavailable"), "{path}: {} {}", response.status, response.body);
            assert!(!response.header("retry-after").is_empty(), "{path}");
        }
        app.dynamo.heal();
        assert_eq!(sign_in(&process.anon(), &user.username).await, 200);
    }
}

#[tokio::test]
async fn no_answer_of_the_secret_store_ends_a_start() {
    let app = TestApp::init_with(&[("PREWARM", "on")]).await;
    let mut environment =
        with(&app.environment, &[("SIGNING_SECRET_ID", "seed"), ("SEALING_SECRET_ID", "sealing-keys")]);
    environment.retain(|name, _| !["SIGNING_SEED_FILE", "SEALING_KEYS_FILE"].contains(&name.as_str()));
    let urls = [
        NOBODY.to_owned(),
        service(400, r#"{"__type":"ThrottlingException"}"#).await,
        service(400, r#"{"__type":"ResourceNotFoundException"}"#).await,
        service(500, r#"{"__type":"InternalServiceError"}"#).await,
        service(200, r#"{"SecretString":"no seed"}"#).await,
        service(200, "{").await,
    ];
    for url in &urls {
        all_start(url, &with(&environment, &[("AWS_ENDPOINT_URL_SECRETS_MANAGER", url)])).await;
    }
    let file = app.seed_file.with_file_name("other-seed");
    let environment = with(&app.environment, &[("SIGNING_SEED_FILE", file.to_str().unwrap())]);
    all_start("no seed file", &environment).await;
    std::fs::write(&file, [0xff]).unwrap();
    all_start("a seed file of other bytes", &environment).await;
    let environment = with(&app.environment, &[("SEALING_KEYS_FILE", file.to_str().unwrap())]);
    all_start("a file of keys with other bytes", &environment).await;
    std::fs::remove_file(&file).unwrap();
    all_start("no file of keys", &environment).await;
}

#[tokio::test]
async fn a_missing_setting_ends_the_starts_of_those_who_need_it() {
    let app = TestApp::init_with(&[("PREWARM", "on")]).await;
    // Nothing is sent, so it does not matter that the other values lead nowhere.
    let mut complete = with(&app.environment, &[("PREWARM", "off")]);
    let uses = CATALOGUE.iter().map(|entry| (entry.name, entry.uses()));
    let uses = uses.chain(WORKERS.iter().map(|worker| (worker.name, worker.uses())));
    let uses: Vec<_> = uses.chain(TASKS.iter().map(|task| (task.name, task.uses()))).collect();
    // Without the settings of passkeys, there are no passkeys.
    let needed = |part: &&PartInfo| part.name != "Passkeys";
    let needs = |parts: &[PartInfo]| -> BTreeSet<&str> {
        parts.iter().filter(needed).flat_map(|part| part.variables).copied().collect()
    };
    let variables: BTreeSet<&str> = uses.iter().flat_map(|(_, parts)| needs(parts)).collect();
    assert!(!variables.is_empty());
    complete.retain(|name, _| !LOCAL.contains(&name.as_str()));
    for name in &variables {
        complete.entry((*name).to_owned()).or_insert(NOBODY.to_owned());
    }
    all_start("all settings", &complete).await;
    for variable in variables {
        let mut environment = complete.clone();
        environment.remove(variable);
        let outcomes = starts(&environment).await;
        for (name, parts) in &uses {
            let outcome = &outcomes[name];
            let refused = matches!(outcome, Err(Error::Setting { name, .. }) if *name == variable);
            let needed = needs(parts).contains(variable);
            assert!(refused == needed && (refused || outcome.is_ok()), "{name} without {variable}: {outcome:?}");
        }
    }
}
