//! What the mail worker counts for a mail that is not sent: nothing, on every way out.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use tests::{Fault, TestApp, record};
use tokio::net::TcpListener;

use crate::aws::{Aws, batch, through_ses};
use crate::jobs::{counted, refuse, sign_up};
use crate::seconds;

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
        (503, "ThrottlingException", true),
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
async fn a_mail_that_no_connection_was_there_for_counts_against_no_limit() {
    let (app, message) = mailed_once().await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (aws, _) = Aws::start().await;
    let before = counted(&app).await;
    for round in 1..=4 {
        assert_eq!(handle(&app, &aws, &format!("http://{closed}"), &message).await, (true, 0), "{round}");
        assert_eq!(counted(&app).await, before, "{round}");
    }
}

/// SES may have taken the mail before it failed.
#[tokio::test]
async fn a_mail_after_a_server_error_stays_counted_and_its_job_goes_on_until_the_limit_admits_it() {
    let (app, message) = mailed_once().await;
    let (aws, url) = Aws::start().await;
    aws.respond_with(500, json!({ "__type": "InternalFailure" }));
    for asked in [1, 1, 0, 0] {
        assert_eq!(handle(&app, &aws, &url, &message).await, (true, asked));
    }
    seconds(&app, 20 * 60);
    aws.respond_with(200, json!({ "MessageId": "1" }));
    assert_eq!(handle(&app, &aws, &url, &message).await, (false, 1));
}

/// Otherwise a lost answer would admit more mails than the limit.
#[tokio::test]
async fn a_count_is_given_back_once_even_if_the_answer_is_lost() {
    let (app, message) = mailed_once().await;
    let (aws, url) = Aws::start().await;
    aws.respond_with(400, json!({ "__type": "MessageRejected" }));
    let before = counted(&app).await;
    let mut lost = 0;
    app.dynamo.fault(move |call| {
        let gives_back = call.is("UpdateItem", "rate_limits") && call.body.to_string().contains("#tat - :step");
        lost += usize::from(gives_back);
        (gives_back && lost == 1).then_some(Fault::LoseResponse)
    });
    assert_eq!(handle(&app, &aws, &url, &message).await, (false, 1));
    assert_eq!(counted(&app).await, before);
}

#[tokio::test]
async fn a_count_is_given_back_although_another_call_counted_meanwhile() {
    let (app, message) = mailed_once().await;
    let (aws, url) = Aws::start().await;
    aws.respond_with(400, json!({ "__type": "MessageRejected" }));
    let before = counted(&app).await;
    let counted_once: i64 = before[0].1.parse::<i64>().unwrap() + 1_200_000;
    let mut asked = 0;
    app.dynamo.fault(move |call| {
        let gives_back = call.is("UpdateItem", "rate_limits") && call.body.to_string().contains("#tat - :step");
        asked += usize::from(gives_back);
        // DynamoDB's answer if another call had moved the counter before. It names the counter's new value.
        (gives_back && asked == 1).then(|| {
            let item = json!({ "tat": { "N": counted_once.to_string() } });
            Fault::Fail(json!({ "__type": "ConditionalCheckFailedException", "Item": item }))
        })
    });
    assert_eq!(handle(&app, &aws, &url, &message).await, (false, 1));
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
