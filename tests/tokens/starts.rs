//! Starts of functions while a store is away.

use api::Permit;
use catalogue::{CATALOGUE, WORKERS};
use operator::Operator;
use serde_json::json;
use tests::{Fault, PASSWORD, TestApp};

#[tokio::test]
async fn nothing_that_passes_by_itself_ends_a_start() {
    for fault in [Fault::Refuse("ThrottlingException"), Fault::Refuse("InternalServerError")] {
        let app = TestApp::init().await;
        let user = app.user().await;
        let shown = format!("{fault:?}");
        app.dynamo.fault(move |_| Some(fault.clone()));
        let (process, permit) = (app.second_process(), Permit::for_operator(&Operator::acting()));
        for entry in CATALOGUE {
            let started = entry.prepare(&process.context, &permit).await;
            assert!(started.is_ok(), "{} with {shown}: {started:?}", entry.name);
        }
        for worker in WORKERS {
            let started = worker.prepare(&process.context, &permit).await;
            assert!(started.is_ok(), "{} with {shown}: {started:?}", worker.name);
        }
        for path in ["/v1/health", "/.well-known/jwks.json"] {
            let response = process.anon().get(path).await;
            assert!(response.is(503, "unavailable"), "{path}: {} {}", response.status, response.body);
            assert!(!response.header("retry-after").is_empty(), "{path}");
        }
        app.dynamo.heal();
        let body = json!({ "username": user.username, "password": PASSWORD });
        assert_eq!(process.anon().post("/v1/auth/token", body).await.status, 200);
    }
}

#[tokio::test]
async fn a_store_that_refuses_connections_ends_no_start() {
    let nowhere = "http://127.0.0.1:9";
    let secrets = [("SIGNING_SECRET_ID", "seed"), ("AWS_ENDPOINT_URL_SECRETS_MANAGER", nowhere)];
    for (what, variables) in [("DynamoDB", &[][..]), ("Secrets Manager", &secrets)] {
        let mut app = TestApp::init_with(variables).await;
        if variables.is_empty() {
            app.settings.connection.endpoint = Some(nowhere.to_owned());
        }
        let (process, permit) = (app.second_process(), Permit::for_operator(&Operator::acting()));
        for entry in CATALOGUE {
            let started = entry.prepare(&process.context, &permit).await;
            assert!(started.is_ok(), "{} without {what}: {started:?}", entry.name);
        }
        for worker in WORKERS {
            let started = worker.prepare(&process.context, &permit).await;
            assert!(started.is_ok(), "{} without {what}: {started:?}", worker.name);
        }
    }
}
