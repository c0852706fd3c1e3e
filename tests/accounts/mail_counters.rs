//! What the mail worker counts for a mail that is not sent: nothing, on every way out.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use tests::{Fault, TestApp, record};

use crate::aws::{Aws, batch, through_ses};
use crate::jobs::{counted, refuse, sign_up};

/// A user who was mailed once, and the message of another verification mail.
async fn mailed_once() -> (TestApp, String) {
    let app = TestApp::init().await;
    sign_up(&app, "ada").await;
    assert_eq!(app.mails().await.len(), 1);
    let id = app.items("users").await[0]["id"].as_s().unwrap().clone();
    (app, json!({ "job": "verify_email", "user_id": id }).to_string())
}

/// Handles a message of the mail queue. Returns whether the job failed, and the number of mails that SES was asked for.
async fn handle(app: &TestApp, aws: &Aws, url: &str, message: &str) -> (bool, usize) {
    let (worker, context) = through_ses(app, url);
    let done = worker.handle_batch(&context, &tests::permit(), batch(app, &[message])).await.unwrap();
    (done != json!({ "batchItemFailures": [] }), aws.take().len())
}

#[tokio::test]
async fn a_mail_that_was_not_sent_counts_against_no_limit() {
    let (app, message) = mailed_once().await;
    let (aws, url) = Aws::start().await;
    let before = counted(&app).await;
    assert_eq!(before.len(), 2, "one counter for the user and one for the mailbox");
    for (status, code, fails) in [
        (400, "MessageRejected", false),
        (400, "BadRequestException", false),
        (429, "TooManyRequestsException", true),
        (400, "AccountSuspendedException", true),
        (500, "InternalFailure", true),
    ] {
        aws.respond_with(status, json!({ "__type": code }));
        assert_eq!(handle(&app, &aws, &url, &message).await, (fails, 1), "{code}");
        assert_eq!(counted(&app).await, before, "{code}");
    }
    refuse(&app, "PutItem", "mail_tokens");
    assert_eq!(handle(&app, &aws, &url, &message).await, (true, 0));
    for counter in ["mail verify_email to", "mail verify_email"] {
        app.dynamo.fault(move |call| {
            let counts = call.is("UpdateItem", "rate_limits") && call.body.to_string().contains(counter);
            counts.then_some(Fault::Refuse("AccessDeniedException"))
        });
        assert_eq!(handle(&app, &aws, &url, &message).await, (true, 0), "{counter}");
    }
    app.dynamo.heal();
    assert_eq!(counted(&app).await, before);
}

#[tokio::test]
async fn a_mail_that_one_limit_withholds_counts_against_no_other_and_is_not_reported_as_done() {
    let (app, message) = mailed_once().await;
    let (aws, url) = Aws::start().await;
    for spent in ["mail verify_email to", "mail verify_email"] {
        let before = counted(&app).await;
        let (key, tat) = before.iter().find(|(key, _)| key.contains(spent)).unwrap();
        let full = app.context.clock().now().as_millisecond() + 3_600_000;
        app.set("rate_limits", ("key", key), "tat", AttributeValue::N(full.to_string())).await;
        assert_eq!(handle(&app, &aws, &url, &message).await, (false, 0), "{key}");
        app.set("rate_limits", ("key", key), "tat", AttributeValue::N(tat.clone())).await;
        assert_eq!(counted(&app).await, before, "{key}");
    }
    let jobs = record::lines("withheld").into_iter().filter_map(|line| serde_json::from_str::<Value>(&line).ok());
    let jobs = jobs.filter(|line| line["event"] == "job" && line["job"] == "verify_email");
    let levels: Vec<_> = jobs.map(|line| (line["level"].clone(), line["status"].clone())).collect();
    assert!(levels.len() >= 2 && levels.iter().all(|found| *found == (json!("WARN"), json!("withheld"))), "{levels:?}");
}
