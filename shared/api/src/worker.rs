use std::future::Future;
use std::panic::AssertUnwindSafe;

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use futures_util::FutureExt;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::{Error, Result};
use crate::job::Job;
use crate::log;
use crate::settings::Settings;

/// A function that works off a queue. A job may come more than once.
pub trait Worker: Sized + Send + Sync + 'static {
    /// Gets ready; sends nothing.
    ///
    /// # Errors
    /// When a setting is missing or wrong.
    fn new(app: App, settings: &Settings) -> Result<Self>;

    /// Does a job.
    fn work(&self, job: Job) -> impl Future<Output = Result<()>> + Send;
}

/// Does one job, and logs it when that fails. Never panics.
///
/// # Errors
/// When it must be tried again.
pub async fn work<W: Worker>(worker: &W, job: Job) -> Result<()> {
    let kind = match &job {
        Job::ResetPassword { .. } => "reset_password",
        Job::VerifyEmail { .. } => "verify_email",
        Job::Erase { .. } => "erase",
    };
    let done = AssertUnwindSafe(worker.work(job)).catch_unwind().await;
    let done = done.unwrap_or_else(|_| Err(Error::Internal("a panic".to_owned())));
    log::log_job(kind, &done);
    done
}

/// Works off the messages of one SQS event. The answer, a partial batch response, names those that failed and are to be
/// delivered again.
///
/// # Errors
/// When it is no such event.
pub async fn work_batch<W: Worker>(worker: &W, event: Value) -> Result<Value> {
    let event: SqsEvent = serde_json::from_value(event).map_err(|error| Error::Internal(log::where_it_is(&error)))?;
    let mut failures = Vec::new();
    for message in event.records {
        let id = message.message_id.clone().unwrap_or_default();
        if work_one(worker, message).await.is_err() {
            failures.push(json!({ "itemIdentifier": id }));
        }
    }
    Ok(json!({ "batchItemFailures": failures }))
}

async fn work_one<W: Worker>(worker: &W, message: SqsMessage) -> Result<()> {
    match serde_json::from_str(message.body.as_deref().unwrap_or_default()) {
        Ok(job) => work(worker, job).await,
        Err(error) => {
            log::log_unreadable_job(&error, None);
            Err(Error::Internal("the message is no job".to_owned()))
        }
    }
}
