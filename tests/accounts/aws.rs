//! Requests to the AWS services that have no local stand-in: SQS, SES and Secrets Manager.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use api::{Context, WorkerEntry};
use auth::{Clock, OsEntropy};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use catalogue::WORKERS;
use identity::Identity;
use serde_json::{Value, json};
use tests::{PASSWORD, SEED, TestApp, record, settings};
use tokio::net::TcpListener;

use crate::seconds;

/// A fake AWS service: records requests, and sends the response that the test sets.
#[derive(Clone, Default)]
pub struct Aws(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    asked: Vec<(String, Value)>,
    response: Option<(u16, Value)>,
    late: Duration,
}

impl Aws {
    pub async fn start() -> (Self, String) {
        let aws = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(respond).with_state(aws.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (aws, url)
    }

    pub fn respond_with(&self, status: u16, body: Value) {
        self.0.lock().unwrap().response = Some((status, body));
    }

    /// The requests since the last call of this method: the operation or the path, and the body.
    pub fn take(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.0.lock().unwrap().asked)
    }
}

async fn respond(State(aws): State<Aws>, uri: Uri, headers: HeaderMap, body: Bytes) -> (StatusCode, String) {
    let target = headers.get("x-amz-target").map(|target| target.to_str().unwrap().to_owned());
    let late = aws.0.lock().unwrap().late;
    let _ = tokio::time::timeout(late, std::future::pending::<()>()).await;
    let mut inner = aws.0.lock().unwrap();
    inner.asked.push((target.unwrap_or(uri.path().to_owned()), serde_json::from_slice(&body).unwrap_or_default()));
    let (status, body) = inner.response.clone().unwrap_or((200, json!({})));
    (StatusCode::from_u16(status).unwrap(), body.to_string())
}

const MAIL_QUEUE: &str = "https://sqs.us-east-1.amazonaws.com/000000000000/mail";
const ERASURE_QUEUE: &str = "https://sqs.us-east-1.amazonaws.com/000000000000/erasure";

#[tokio::test]
async fn jobs_go_to_their_queues_in_sqs() {
    let (aws, url) = Aws::start().await;
    let app = TestApp::init_with(&[("AWS_ENDPOINT_URL_SQS", &url), ("MAIL_QUEUE_URL", MAIL_QUEUE)]).await;
    let response = app.anon().post("/v1/auth/password-reset", json!({ "email": "Ada@example.com" })).await;
    assert_eq!(response.status, 202, "{}", response.body);
    let [(operation, message)] = &aws.take()[..] else { panic!("one message") };
    assert_eq!(operation, "AmazonSQS.SendMessage");
    assert_eq!((&message["QueueUrl"], &message["DelaySeconds"]), (&json!(MAIL_QUEUE), &json!(0)));
    let job: Value = serde_json::from_str(message["MessageBody"].as_str().unwrap()).unwrap();
    assert_eq!((&job["job"], &job["email"]), (&json!("reset_password"), &json!("Ada@example.com")));
}

#[tokio::test]
async fn a_verification_is_held_back_in_sqs() {
    let (aws, url) = Aws::start().await;
    let app = TestApp::init_with(&[("AWS_ENDPOINT_URL_SQS", &url), ("MAIL_QUEUE_URL", MAIL_QUEUE)]).await;
    let body = json!({ "username": "ada", "email": "ada@example.com", "password": PASSWORD });
    let created = app.anon().post("/v1/users", body).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let [(_, message)] = &aws.take()[..] else { panic!("one message") };
    assert_eq!(message["DelaySeconds"], json!(10));
    let job: Value = serde_json::from_str(message["MessageBody"].as_str().unwrap()).unwrap();
    let asked_at = app.clock.now().as_millisecond();
    assert_eq!(job, json!({ "job": "verify_email", "user_id": created.json()["id"], "asked_at": asked_at }));
}

#[tokio::test]
async fn an_erasure_is_held_back_in_sqs() {
    let (aws, url) = Aws::start().await;
    // The mail queue stays a directory, because the test's own workers read one.
    let app = TestApp::init_with(&[("AWS_ENDPOINT_URL_SQS", &url), ("ERASURE_QUEUE_URL", ERASURE_QUEUE)]).await;
    let user = app.user().await;
    let response = user.post("/v1/users/me/erase", json!({ "password": PASSWORD })).await;
    assert_eq!(response.status, 202, "{}", response.body);
    let [(_, message)] = &aws.take()[..] else { panic!("one message") };
    assert_eq!((&message["QueueUrl"], &message["DelaySeconds"]), (&json!(ERASURE_QUEUE), &json!(10)));
    let job: Value = serde_json::from_str(message["MessageBody"].as_str().unwrap()).unwrap();
    assert_eq!(job, json!({ "job": "erase", "user_id": user.id }));
}

#[tokio::test]
async fn without_its_queue_a_reset_is_a_503_an_erasure_does_not_begin_and_nobody_is_signed_up() {
    let (aws, url) = Aws::start().await;
    aws.respond_with(400, json!({ "__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "gone" }));
    let app = TestApp::init_with(&[("AWS_ENDPOINT_URL_SQS", &url), ("MAIL_QUEUE_URL", MAIL_QUEUE)]).await;
    let reset = app.anon().post("/v1/auth/password-reset", json!({ "email": "ada@example.com" })).await;
    assert!(reset.is(503, "unavailable") && reset.header("retry-after") == "1", "{}", reset.body);
    let app = TestApp::init_with(&[("AWS_ENDPOINT_URL_SQS", &url), ("ERASURE_QUEUE_URL", ERASURE_QUEUE)]).await;
    let user = app.user().await;
    let erase = user.post("/v1/users/me/erase", json!({ "password": PASSWORD })).await;
    assert!(erase.is(503, "unavailable"), "{}", erase.body);
    assert_eq!(user.get("/v1/users/me").await.status, 200, "the account still works");
    let app = TestApp::init_with(&[("AWS_ENDPOINT_URL_SQS", &url), ("MAIL_QUEUE_URL", MAIL_QUEUE)]).await;
    let body = json!({ "username": "ada", "email": "ada@example.com", "password": PASSWORD });
    let sign_up = app.anon().post("/v1/users", body).await;
    assert!(sign_up.is(503, "unavailable"), "{}", sign_up.body);
    assert!(app.items("users").await.is_empty() && app.items("identities").await.is_empty());
}

/// The mail worker, and a context that sends mails of `app` through SES at `url`.
pub fn through_ses(app: &TestApp, url: &str) -> (WorkerEntry, Context) {
    let mut environment = app.environment.clone();
    environment.remove("MAIL_OUTBOX");
    environment.insert("AWS_ENDPOINT_URL_SESV2".to_owned(), url.to_owned());
    let context = Identity::context(&tests::permit(), &settings(environment), app.clock.clone(), Arc::new(OsEntropy));
    (*WORKERS.iter().find(|worker| worker.name == "mail_send").unwrap(), context)
}

/// The messages of an event. Each `NOW` is a millisecond of its own.
pub fn batch(app: &TestApp, bodies: &[&str]) -> Value {
    let now = app.context.clock().now().as_millisecond();
    let record = |(at, body): (usize, &&str)| json!({ "messageId": at.to_string(), "body": body.replace("NOW", &(now - at as i64).to_string()) });
    json!({ "Records": bodies.iter().enumerate().map(record).collect::<Vec<_>>() })
}

const RESET: &str = r#"{"job":"reset_password","email":"ada@example.com","asked_at":NOW}"#;

#[tokio::test]
async fn mails_go_through_ses_and_failed_jobs_of_a_batch_are_named() {
    let app = TestApp::init().await;
    app.create_user("ada", "ada@example.com", auth::Roles::default()).await;
    let (aws, url) = Aws::start().await;
    let (worker, context) = through_ses(&app, &url);
    aws.respond_with(200, json!({ "MessageId": "1" }));
    let done = worker
        .handle_batch(&context, &tests::permit(), batch(&app, &["no job", RESET, r#"{"job":"bake"}"#]))
        .await
        .unwrap();
    let failed = json!({ "batchItemFailures": [{ "itemIdentifier": "0" }, { "itemIdentifier": "2" }] });
    assert_eq!(done, failed);
    let [(path, mail)] = &aws.take()[..] else { panic!("one mail") };
    assert_eq!(path, "/v2/email/outbound-emails");
    assert_eq!(mail["FromEmailAddress"], json!("no-reply@example.com"));
    assert_eq!(mail["Destination"]["ToAddresses"], json!(["ada@example.com"]));
    let simple = &mail["Content"]["Simple"];
    assert_eq!(simple["Subject"]["Data"], json!("Set a new password"));
    let text = simple["Body"]["Text"]["Data"].as_str().unwrap();
    let token = text.split("https://app.example.com/reset-password#token=").nth(1).unwrap();
    let token = token.split_whitespace().next().unwrap();
    let confirm = json!({ "token": token, "new_password": "nine-patient-herons" });
    assert_eq!(app.anon().post("/v1/auth/password-reset/confirm", confirm).await.status, 204);
}

#[tokio::test]
async fn a_mail_that_ses_refuses_for_now_is_refunded_and_logged_without_the_address() {
    let app = TestApp::init().await;
    app.create_user("ada", "ada@example.com", auth::Roles::default()).await;
    let (aws, url) = Aws::start().await;
    let (worker, context) = through_ses(&app, &url);
    let message = "Email address is not verified. The following identities failed the check: ada@example.com";
    aws.respond_with(400, json!({ "__type": "AccountSuspendedException", "message": message }));
    for round in 1..=5 {
        let failed = worker.handle_batch(&context, &tests::permit(), batch(&app, &[RESET])).await.unwrap();
        assert_eq!(failed, json!({ "batchItemFailures": [{ "itemIdentifier": "0" }] }));
        let logged = record::lines("AccountSuspendedException");
        assert!(logged.len() >= round && !logged.iter().any(|line| line.contains("ada@")), "{logged:?}");
        assert_eq!(aws.take().len(), 1, "a second try could be a second mail");
    }
    aws.respond_with(200, json!({ "MessageId": "1" }));
    let done = worker.handle_batch(&context, &tests::permit(), batch(&app, &[RESET; 4])).await.unwrap();
    assert_eq!((done, aws.take().len()), (json!({ "batchItemFailures": [] }), 3), "those that failed do not count");
}

#[tokio::test]
async fn a_mail_that_ses_refuses_for_good_ends_and_one_that_passes_is_tried_again() {
    let app = TestApp::init().await;
    app.create_user("ada", "ada@example.com", auth::Roles::default()).await;
    let (aws, url) = Aws::start().await;
    let (worker, context) = through_ses(&app, &url);
    for (status, code, ends) in [
        (400, "MessageRejected", true),
        (400, "BadRequestException", true),
        (429, "TooManyRequestsException", false),
        (400, "LimitExceededException", false),
        (400, "AccountSuspendedException", false),
        (400, "SendingPausedException", false),
        (400, "MailFromDomainNotVerifiedException", false),
        (403, "AccessDeniedException", false),
        (500, "InternalFailure", false),
    ] {
        let message = "The mailbox ada@example.com is on the suppression list.";
        aws.respond_with(status, json!({ "__type": code, "message": message }));
        let done = worker.handle_batch(&context, &tests::permit(), batch(&app, &[RESET])).await.unwrap();
        let failures = done["batchItemFailures"].as_array().unwrap().len();
        assert_eq!((failures, aws.take().len()), (usize::from(!ends), 1), "{code}");
    }
    let logged = record::lines("mail_refused");
    let counted = |line: &String| line.contains("MessageRejected") && line.contains(r#""MailsRefused":1"#);
    assert!(logged.iter().any(counted), "{logged:?}");
}

/// Otherwise everybody's mails would be lost as soon as the sender is not verified any more.
#[tokio::test]
async fn a_mail_that_ses_refuses_because_of_the_sender_is_tried_again() {
    let app = TestApp::init().await;
    app.create_user("ada", "ada@example.com", auth::Roles::default()).await;
    let (aws, url) = Aws::start().await;
    let (worker, context) = through_ses(&app, &url);
    for message in [
        "Email address is not verified. The following identities failed the check in region US-EAST-1: me@example.com",
        "Sending suspended for this account. For more information, please check the inbox of the email address",
        "Sending paused for this account.",
    ] {
        aws.respond_with(400, json!({ "__type": "MessageRejected", "message": message }));
        let done = worker.handle_batch(&context, &tests::permit(), batch(&app, &[RESET])).await.unwrap();
        let failures = done["batchItemFailures"].as_array().unwrap().len();
        assert_eq!((failures, aws.take().len()), (1, 1), "{message}");
    }
}

#[tokio::test]
async fn a_late_answer_of_ses_is_waited_for() {
    let app = TestApp::init().await;
    app.create_user("ada", "ada@example.com", auth::Roles::default()).await;
    let (aws, url) = Aws::start().await;
    aws.respond_with(200, json!({ "MessageId": "1" }));
    aws.0.lock().unwrap().late = Duration::from_millis(1500);
    let (worker, context) = through_ses(&app, &url);
    let done = worker.handle_batch(&context, &tests::permit(), batch(&app, &[RESET])).await.unwrap();
    assert_eq!((done, aws.take().len()), (json!({ "batchItemFailures": [] }), 1));
}

#[tokio::test]
async fn a_failed_message_is_delivered_again_within_seconds() {
    let app = TestApp::init().await;
    app.create_user("ada", "ada@example.com", auth::Roles::default()).await;
    let (aws, url) = Aws::start().await;
    aws.respond_with(429, json!({ "__type": "TooManyRequestsException" }));
    let mut environment = app.environment.clone();
    environment.remove("MAIL_OUTBOX");
    environment.insert("AWS_ENDPOINT_URL_SESV2".to_owned(), url.clone());
    environment.insert("AWS_ENDPOINT_URL_SQS".to_owned(), url);
    let context = Identity::context(&tests::permit(), &settings(environment), app.clock.clone(), Arc::new(OsEntropy));
    let worker = WORKERS.iter().find(|worker| worker.name == "mail_send").unwrap();
    let mut event = batch(&app, &[RESET]);
    event["Records"][0]["eventSourceARN"] = json!("arn:aws:sqs:us-east-1:000000000000:mail");
    event["Records"][0]["receiptHandle"] = json!("handle");
    event["Records"][0]["attributes"] = json!({ "ApproximateReceiveCount": "1" });
    worker.handle_batch(&context, &tests::permit(), event).await.unwrap();
    let asked = aws.take();
    let (_, change) = asked.iter().find(|(name, _)| name == "AmazonSQS.ChangeMessageVisibility").unwrap();
    assert_eq!((&change["QueueUrl"], &change["ReceiptHandle"]), (&json!(MAIL_QUEUE), &json!("handle")));
    assert!((2..=5).contains(&change["VisibilityTimeout"].as_i64().unwrap()), "{change}");
}

#[tokio::test]
async fn a_reset_that_waited_too_long_is_not_mailed() {
    let app = TestApp::init().await;
    app.create_user("ada", "ada@example.com", auth::Roles::default()).await;
    let job = |app: &TestApp| batch(app, &[RESET]);
    let (early, late) = (job(&app), job(&app));
    let (aws, url) = Aws::start().await;
    let (worker, context) = through_ses(&app, &url);
    seconds(&app, 30 * 60 - 1);
    worker.handle_batch(&context, &tests::permit(), early).await.unwrap();
    assert_eq!(aws.take().len(), 1);
    seconds(&app, 1);
    worker.handle_batch(&context, &tests::permit(), late).await.unwrap();
    assert_eq!(aws.take().len(), 0);
    let logged = record::lines("expired").into_iter().filter_map(|line| serde_json::from_str::<Value>(&line).ok());
    let ended = |line: &Value| line["event"] == "job" && line["job"] == "reset_password" && line["status"] == "expired";
    let levels: Vec<_> = logged.filter(ended).map(|line| line["level"].clone()).collect();
    assert_eq!(levels, ["WARN"], "an outage that loses mails is not hidden");
}

#[tokio::test]
async fn the_seed_is_overwritten_in_secrets_manager() {
    let (aws, url) = Aws::start().await;
    aws.respond_with(200, json!({ "SecretString": SEED }));
    let secret = [("SIGNING_SECRET_ID", "stack-signing-seed"), ("AWS_ENDPOINT_URL_SECRETS_MANAGER", url.as_str())];
    let app = TestApp::init_with(&secret).await;
    api::run_task::<catalogue::KeyRotate>(&app.context, &tests::permit()).await.unwrap();
    let [(operation, put)] = &aws.take()[..] else { panic!("one call") };
    assert_eq!((operation.as_str(), &put["SecretId"]), ("secretsmanager.PutSecretValue", &json!("stack-signing-seed")));
    let seed = put["SecretString"].as_str().unwrap();
    assert!(seed.len() == 64 && seed.bytes().all(|c| c.is_ascii_hexdigit()) && seed != SEED);
    aws.respond_with(400, json!({ "__type": "ResourceNotFoundException", "message": "no such secret" }));
    let failed = api::run_task::<catalogue::KeyRotate>(&app.context, &tests::permit()).await.unwrap_err().to_string();
    assert!(failed.contains("ResourceNotFoundException") && !failed.contains(seed), "{failed}");
}
