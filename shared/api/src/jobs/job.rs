use jiff::SignedDuration;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A queue of one kind of jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct QueueName {
    /// Its name, such as `mail`.
    pub name: &'static str,
    /// The environment variable with its URL.
    pub variable: &'static str,
}

/// Work that a request leaves to be done after its response. A domain declares its own kinds.
pub trait Job: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// The queue that carries these jobs.
    const QUEUE: QueueName;
    /// The names of the kinds, for the log.
    const KINDS: &'static [&'static str];

    /// The name of this job's kind.
    fn kind(&self) -> &'static str;

    /// How long the queue holds the job back.
    fn delay(&self) -> SignedDuration {
        SignedDuration::ZERO
    }
}
