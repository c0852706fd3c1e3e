//! Starts of functions while a store is away.

use api::Permit;
use catalogue::CATALOGUE;
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
