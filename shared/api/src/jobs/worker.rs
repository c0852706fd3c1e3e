use std::future::Future;
use std::panic::AssertUnwindSafe;

use auth::BoxFuture;
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use futures_util::FutureExt;
use serde_json::{Value, json};

use super::delivery::Delivery;
use super::job::{Job, QueueName};
use super::spool::Spool;
use crate::context::{Context, Part, Permit};
use crate::error::{Error, Result};
use crate::log::{Metric, log_job, log_unreadable_job, position_in};
use crate::part::{PartInfo, listed};
use crate::start::{Prepare, ping, start};

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// The work is done, or there was nothing to do.
    Ok,
    /// A limit forbids the work. It is not tried again.
    Withheld,
    /// Another service refuses the work for good. It is not tried again.
    Refused,
    /// The work came too late to be of use. It is not tried again.
    Expired,
    /// A part is done. The rest is in another job.
    Continued,
}

impl Done {
    /// The status in the log.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Done::Ok => "ok",
            Done::Withheld => "withheld",
            Done::Refused => "refused",
            Done::Expired => "expired",
            Done::Continued => "continued",
        }
    }
}

/// A function that handles the jobs of a queue. The same job may come more than once.
pub trait Worker: 'static {
    /// The jobs.
    type Job: Job;
    /// The tables, queues and keys that the worker may use, as a tuple of parts.
    type Uses: Part;
    /// The metrics of its domain that its log lines may have.
    const METRICS: &'static [Metric] = &[];

    /// Handles one job.
    fn handle(context: &Context, uses: Self::Uses, job: Self::Job) -> impl Future<Output = Result<Done>> + Send;
}

/// Handles one job, and logs the outcome. Never panics.
///
/// # Errors
/// When the job must be tried again.
pub async fn handle_job<W: Worker>(context: &Context, permit: &Permit, job: W::Job) -> Result<Done> {
    let kind = job.kind();
    let done = match context.part::<W::Uses>(permit) {
        Ok(uses) => AssertUnwindSafe(W::handle(context, uses, job)).catch_unwind().await,
        Err(error) => Ok(Err(error)),
    };
    let done = done.unwrap_or_else(|_| Err(Error::Internal("a panic".to_owned())));
    log_job(kind, done.as_ref().map(|done| done.as_str()));
    done
}

/// Handles the messages of one SQS event. Returns a partial batch response: the failed messages, which SQS delivers
/// again.
///
/// # Errors
/// When the event is not an SQS event.
pub async fn handle_batch<W: Worker>(context: &Context, permit: &Permit, event: Value) -> Result<Value> {
    let event: SqsEvent = serde_json::from_value(event).map_err(|error| Error::Internal(position_in(&error)))?;
    let mut failures = Vec::new();
    for message in event.records {
        let id = message.message_id.clone().unwrap_or_default();
        let delivery = Delivery::of(&message);
        if handle_message::<W>(context, permit, message).await.is_err() {
            delivery.delay_next(context).await;
            failures.push(json!({ "itemIdentifier": id }));
        }
    }
    Ok(json!({ "batchItemFailures": failures }))
}

async fn handle_message<W: Worker>(context: &Context, permit: &Permit, message: SqsMessage) -> Result<Done> {
    match serde_json::from_str(message.body.as_deref().unwrap_or_default()) {
        Ok(job) => handle_job::<W>(context, permit, job).await,
        Err(error) => {
            log_unreadable_job(&error, None);
            Err(Error::Internal("the message is no job".to_owned()))
        }
    }
}

/// Builds and prepares the parts of a worker.
///
/// # Errors
/// When a setting is missing or wrong.
pub(crate) async fn start_worker<W: Worker>(context: &Context, permit: &Permit) -> Result<()> {
    start::<W::Uses>(context, ping(context, permit, W::Uses::DATABASE)).await
}

type HandleSpool = for<'a> fn(&'a Context, &'a Permit) -> BoxFuture<'a, Result<usize>>;
type HandleBatch = for<'a> fn(&'a Context, &'a Permit, Value) -> BoxFuture<'a, Result<Value>>;

/// A worker as a value, for processes that run all of them.
#[derive(Clone, Copy)]
pub struct WorkerEntry {
    /// The binary's name.
    pub name: &'static str,
    /// The queue of the worker's jobs.
    pub queue: QueueName,
    /// The kinds of the worker's jobs.
    pub jobs: &'static [&'static str],
    list_parts: fn(&mut Vec<PartInfo>),
    handle_spool: HandleSpool,
    handle_batch: HandleBatch,
    prepare: Prepare,
}

impl WorkerEntry {
    /// The entry of worker `W`. `name` is the name of the binary.
    pub const fn of<W: Worker>(name: &'static str) -> Self {
        Self {
            name,
            queue: W::Job::QUEUE,
            jobs: W::Job::KINDS,
            list_parts: W::Uses::list,
            handle_spool: |context, permit| Box::pin(handle_spool::<W>(context, permit)),
            handle_batch: |context, permit, event| Box::pin(handle_batch::<W>(context, permit, event)),
            prepare: |context, permit| Box::pin(start_worker::<W>(context, permit)),
        }
    }

    /// The parts that the worker may use.
    pub fn uses(&self) -> Vec<PartInfo> {
        listed(self.list_parts)
    }

    /// Builds and prepares the worker's parts, as the Lambda does when it starts.
    ///
    /// # Errors
    /// When a setting is missing or wrong. Anything else may pass by itself, and is logged.
    pub async fn prepare(&self, context: &Context, permit: &Permit) -> Result<()> {
        (self.prepare)(context, permit).await
    }

    /// Handles the due jobs of the spool directory. Failed jobs go back to the spool. Returns the number of finished
    /// jobs.
    ///
    /// # Errors
    /// When the spool can't be used.
    pub async fn handle_spool(&self, context: &Context, permit: &Permit) -> Result<usize> {
        (self.handle_spool)(context, permit).await
    }

    /// Handles an SQS event, as the Lambda would.
    ///
    /// # Errors
    /// As for [`handle_batch`].
    pub async fn handle_batch(&self, context: &Context, permit: &Permit, event: Value) -> Result<Value> {
        (self.handle_batch)(context, permit, event).await
    }
}

async fn handle_spool<W: Worker>(context: &Context, permit: &Permit) -> Result<usize> {
    let spool = Spool::<W::Job>::of(context.settings(permit))?;
    let mut done = 0;
    for spooled in spool.due(context.clock().now())? {
        match handle_job::<W>(context, permit, spooled.job.clone()).await {
            Ok(_) => {
                spooled.done()?;
                done += 1;
            }
            Err(_) => spooled.failed(context.clock().now())?,
        }
    }
    Ok(done)
}
