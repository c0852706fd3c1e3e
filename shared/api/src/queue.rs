use std::path::PathBuf;

use aws_sdk_sqs::Client;
use jiff::Timestamp;
use store::Connection;

use crate::error::{Error, Result};
use crate::job::Job;
use crate::spool::Spool;

/// Where a queue is said to be.
#[derive(Clone, Debug)]
pub enum QueueLocation {
    /// A queue of AWS SQS.
    Sqs {
        /// Its URL.
        url: String,
        /// Another endpoint than AWS's own.
        endpoint: Option<String>,
    },
    /// A directory, for local work and tests.
    Spool(PathBuf),
}

/// What takes jobs.
#[derive(Clone, Debug)]
pub(crate) enum Queue {
    Sqs { client: Client, url: String },
    Spool(Spool),
}

impl Queue {
    pub(crate) fn new(location: &QueueLocation, to: &Connection) -> Self {
        match location {
            QueueLocation::Spool(directory) => Queue::Spool(Spool::new(directory.clone())),
            QueueLocation::Sqs { url, endpoint } => {
                Queue::Sqs { client: Client::new(&to.sdk_config(endpoint.clone())), url: url.clone() }
            }
        }
    }

    /// Takes a job, to be worked off at least once.
    pub(crate) async fn send(&self, job: &Job, now: Timestamp) -> Result<()> {
        match self {
            Queue::Spool(spool) => spool.put(job, now),
            Queue::Sqs { client, url } => {
                let body = serde_json::to_string(job).map_err(|error| Error::Internal(error.to_string()))?;
                let delay = i32::try_from(job.delay().as_secs()).unwrap_or(i32::MAX);
                let sent = client.send_message().queue_url(url).message_body(body).delay_seconds(delay).send().await;
                sent.map(|_| ()).map_err(|error| Error::QueueUnavailable(store::describe(&error)))
            }
        }
    }
}
