//! The job that removes the data of an erased account. It can stop at any call, and completes at the next try.

use api::Queue;
use auth::Clock;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use identity::ErasureJob;
use serde_json::json;
use tests::{Call, Client, Fault, PASSWORD, TestApp};

use crate::data::{owned, remains};
use crate::erasure::{begin, erase, spooled};
use crate::seconds;

/// The calls that the job makes for one account with this many sessions.
async fn calls_of_a_whole_run(app: &TestApp, sessions: usize) -> Vec<Call> {
    let user = owned(app, sessions).await;
    begin(&user).await;
    seconds(app, 10);
    app.dynamo.take_calls();
    assert_eq!(app.handle_jobs().await, 1);
    let calls = app.dynamo.take_calls();
    assert_eq!(remains(app, &user).await, []);
    calls
}

/// Fails the `nth` call from now on, counted from zero, and all later ones.
fn fail_from(app: &TestApp, nth: usize) {
    let mut asked = 0;
    app.dynamo.fault(move |_| {
        asked += 1;
        (asked > nth).then_some(Fault::Refuse("AccessDeniedException"))
    });
}

#[tokio::test]
async fn stopped_at_any_call_it_completes() {
    const SESSIONS: usize = 30;
    let app = TestApp::init().await;
    let bystander = owned(&app, 2).await;
    let others = remains(&app, &bystander).await;
    let calls = calls_of_a_whole_run(&app, SESSIONS).await.len();
    assert!(calls >= 10, "{calls} calls");
    for nth in 0..calls {
        let user = owned(&app, SESSIONS).await;
        begin(&user).await;
        seconds(&app, 10);
        fail_from(&app, nth);
        assert_eq!(app.handle_jobs().await, 0, "call {nth} of {calls} failed");
        app.dynamo.heal();
        assert!(!remains(&app, &user).await.is_empty(), "call {nth} of {calls}");
        seconds(&app, 30);
        assert_eq!(app.handle_jobs().await, 1, "call {nth} of {calls}");
        assert_eq!(remains(&app, &user).await, [], "call {nth} of {calls}");
        assert!(spooled(&app).is_empty(), "call {nth} of {calls}");
    }
    assert_eq!(remains(&app, &bystander).await, others);
}

#[tokio::test]
async fn while_it_is_half_done_the_account_is_dead_and_its_names_are_taken() {
    let app = TestApp::init().await;
    let user = owned(&app, 1).await;
    begin(&user).await;
    seconds(&app, 10);
    let last = "TransactWriteItems";
    app.dynamo.fault(move |call| (call.operation == last).then_some(Fault::Refuse("AccessDeniedException")));
    assert_eq!(app.handle_jobs().await, 0);
    app.dynamo.heal();
    crate::assert_dead(&app, &user).await;
    let email = format!("{}@example.com", user.username);
    let body = json!({ "username": user.username, "email": email, "password": PASSWORD });
    assert_eq!(app.anon().post("/v1/users", body).await.status, 409);
    // No mail goes to the account either.
    app.anon().post("/v1/auth/password-reset", json!({ "email": email })).await;
    let mails = app.mails().await.len();
    assert_eq!(mails, 1, "only the earlier mail");
    let tables: Vec<_> = remains(&app, &user).await.into_iter().map(|(table, _)| table).collect();
    assert_eq!(tables, ["identities", "identities", "users"], "the names and the account go last");
}

#[tokio::test]
async fn however_many_sessions_they_all_go() {
    let app = TestApp::init().await;
    let calls = calls_of_a_whole_run(&app, 60).await;
    let batches = calls.iter().filter(|call| call.is("BatchWriteItem", "sessions"));
    let sizes: Vec<usize> =
        batches.map(|call| call.body["RequestItems"].to_string().matches("DeleteRequest").count()).collect();
    assert!(sizes.len() >= 3, "{sizes:?}");
}

#[tokio::test]
async fn items_that_a_batch_leaves_unprocessed_are_sent_again() {
    let app = TestApp::init().await;
    let user = owned(&app, 5).await;
    begin(&user).await;
    seconds(&app, 10);
    let mut times = 0;
    app.dynamo.fault(move |call| {
        let unprocessed = json!({ "UnprocessedItems": call.body["RequestItems"] });
        times += usize::from(call.is("BatchWriteItem", "sessions"));
        (call.is("BatchWriteItem", "sessions") && times <= 4).then_some(Fault::Respond(unprocessed))
    });
    assert_eq!(app.handle_jobs().await, 1);
    assert_eq!(remains(&app, &user).await, []);
}

#[tokio::test]
async fn an_empty_answer_leaves_no_row_behind() {
    for operation in ["Query", "BatchWriteItem"] {
        for table in ["sessions", "mail_tokens", "sign_in_addresses", "factors"] {
            let app = TestApp::init().await;
            let user = owned(&app, 2).await;
            begin(&user).await;
            seconds(&app, 10);
            app.dynamo.fault(move |call| call.is(operation, table).then_some(Fault::Respond(json!({}))));
            assert_eq!(app.handle_jobs().await, 0, "{operation} {table}");
            app.dynamo.heal();
            seconds(&app, 30);
            assert_eq!(app.handle_jobs().await, 1, "{operation} {table}");
            assert_eq!(remains(&app, &user).await, [], "{operation} {table}");
        }
    }
}

/// Adds rows of the user to the table `sign_in_addresses`.
async fn add_addresses(app: &TestApp, user: &Client, count: usize) {
    let table = format!("{}sign_in_addresses", app.prefix);
    let put = |at: usize| {
        let request = PutRequest::builder()
            .item("user_id", AttributeValue::S(user.id.to_string()))
            .item("address", AttributeValue::S(format!("row{at}")));
        WriteRequest::builder().put_request(request.build().unwrap()).build()
    };
    for start in (0..count).step_by(25) {
        let requests = (start..count.min(start + 25)).map(put).collect();
        let batch = app.database.batch_write_item().request_items(&table, requests);
        assert!(batch.send().await.unwrap().unprocessed_items.unwrap_or_default().is_empty());
    }
}

#[tokio::test]
async fn a_job_reads_a_bounded_number_of_rows_and_further_jobs_do_the_rest() {
    let app = TestApp::init().await;
    let user = owned(&app, 1).await;
    add_addresses(&app, &user, 5_100).await;
    begin(&user).await;
    seconds(&app, 10);
    app.dynamo.take_calls();
    assert_eq!(app.handle_jobs().await, 1);
    let queries = app.dynamo.take_calls().iter().filter(|call| call.operation == "Query").count();
    assert!(queries <= 210, "{queries} queries of 25 rows");
    assert!(!remains(&app, &user).await.is_empty() && spooled(&app).len() == 1, "the rest waits in a new job");
    seconds(&app, 10);
    assert_eq!(app.handle_jobs().await, 1);
    assert_eq!(remains(&app, &user).await, []);
    assert!(spooled(&app).is_empty());
}

#[tokio::test]
async fn asked_for_twice_it_is_done_once() {
    let app = TestApp::init().await;
    let user = owned(&app, 2).await;
    let elsewhere = app.sign_in(&user.username).await;
    let (first, second) = tokio::join!(erase(&user, PASSWORD), erase(&elsewhere, PASSWORD));
    let mut statuses = [first.status, second.status];
    statuses.sort();
    assert!(statuses[0] == 202 && [202, 401].contains(&statuses[1]), "{} {}", first.body, second.body);
    assert!(erase(&user, PASSWORD).await.is(401, "token_invalid"));
    seconds(&app, 10);
    app.handle_jobs().await;
    assert_eq!(remains(&app, &user).await, []);
    assert!(spooled(&app).is_empty(), "no job failed");
}

#[tokio::test]
async fn a_job_delivered_again_after_it_is_done_changes_nothing() {
    let app = TestApp::init().await;
    let user = owned(&app, 2).await;
    begin(&user).await;
    app.part::<Queue<ErasureJob>>().send(&ErasureJob::Erase { user_id: user.id }, app.clock.now()).await.unwrap();
    seconds(&app, 10);
    assert_eq!(app.handle_jobs().await, 2);
    assert_eq!(remains(&app, &user).await, []);
    // Another user takes the names meanwhile.
    app.create_user(&user.username, &format!("{}@example.com", user.username), auth::Roles::default()).await;
    let heir = app.sign_in(&user.username).await;
    let before = remains(&app, &heir).await;
    app.part::<Queue<ErasureJob>>().send(&ErasureJob::Erase { user_id: user.id }, app.clock.now()).await.unwrap();
    app.part::<Queue<ErasureJob>>().send(&ErasureJob::Erase { user_id: heir.id }, app.clock.now()).await.unwrap();
    seconds(&app, 10);
    assert_eq!(app.handle_jobs().await, 2, "no account is marked");
    assert_eq!(remains(&app, &heir).await, before);
    assert_eq!(heir.get(crate::ME).await.status, 200);
}
