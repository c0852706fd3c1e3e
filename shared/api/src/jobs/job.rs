use jiff::SignedDuration;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A queue of one kind of jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct QueueName {
    /// The queue's name, such as `mail`.
    pub name: &'static str,
    /// The environment variable with the queue's URL.
    pub variable: &'static str,
}

/// Work that a request leaves for after its response. Each domain declares its own kinds of jobs.
pub trait Job: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// The queue that carries these jobs.
    const QUEUE: QueueName;
    /// The names of the kinds, for the log.
    const KINDS: &'static [&'static str];

    /// The name of this job's kind.
    fn kind(&self) -> &'static str;

    /// How long the queue delays the job.
    fn delay(&self) -> SignedDuration {
        SignedDuration::ZERO
    }
}
