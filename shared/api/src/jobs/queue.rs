use std::marker::PhantomData;
use std::path::PathBuf;

use aws_sdk_sqs::Client;
use jiff::Timestamp;

use super::job::Job;
use super::spool::Spool;
use crate::context::{Context, Part, Permit};
use crate::error::{Error, Result};
use crate::part::PartInfo;
use crate::settings::Settings;

/// The queue of jobs `J`: SQS, or a directory for local work and tests.
pub struct Queue<J> {
    place: Place<J>,
}

enum Place<J> {
    Sqs { client: Client, url: String, job: PhantomData<fn(J)> },
    Spool(Spool<J>),
}

impl<J> Clone for Queue<J> {
    fn clone(&self) -> Self {
        let place = match &self.place {
            Place::Sqs { client, url, job } => Place::Sqs { client: client.clone(), url: url.clone(), job: *job },
            Place::Spool(spool) => Place::Spool(spool.clone()),
        };
        Self { place }
    }
}

impl<J: Job> Queue<J> {
    /// The queue that the settings name: by the queue's own variable, or by `JOB_SPOOL`.
    fn of(settings: &Settings) -> Result<Self> {
        if let Some(url) = settings.environment.optional(J::QUEUE.variable) {
            let endpoint = settings.environment.endpoint("SQS");
            let client = Client::new(&settings.connection.sdk_config(endpoint));
            return Ok(Self { place: Place::Sqs { client, url, job: PhantomData } });
        }
        Ok(Self { place: Place::Spool(Spool::of(settings)?) })
    }

    /// Queues a job, which runs at least once.
    ///
    /// # Errors
    /// When the queue can't be reached.
    pub async fn send(&self, job: &J, now: Timestamp) -> Result<()> {
        match &self.place {
            Place::Spool(spool) => spool.put(job, now),
            Place::Sqs { client, url, .. } => {
                let body = serde_json::to_string(job).map_err(|error| Error::Internal(error.to_string()))?;
                let delay = i32::try_from(job.delay().as_secs()).unwrap_or(i32::MAX);
                let sent = client.send_message().queue_url(url).message_body(body).delay_seconds(delay).send().await;
                sent.map(|_| ()).map_err(|error| Error::QueueUnavailable(dynamo::describe_sdk_error(&error)))
            }
        }
    }
}

impl<J: Job> Part for Queue<J> {
    const DATABASE: bool = false;

    fn build(context: &Context, permit: &Permit) -> Result<Self> {
        Self::of(context.settings(permit))
    }

    fn list(into: &mut Vec<PartInfo>) {
        into.push(PartInfo { name: J::QUEUE.name, tables: &[], variables: &[J::QUEUE.variable] });
    }
}

impl<J: Job> Spool<J> {
    /// The spool that the settings name by `JOB_SPOOL`.
    ///
    /// # Errors
    /// [`Error::Setting`] when `JOB_SPOOL` is not set.
    pub fn of(settings: &Settings) -> Result<Self> {
        let directory = settings.environment.optional("JOB_SPOOL").map(PathBuf::from);
        let missing = || Error::setting(J::QUEUE.variable, "is not set, and neither is JOB_SPOOL");
        Ok(Self::new(&directory.ok_or_else(missing)?))
    }
}
