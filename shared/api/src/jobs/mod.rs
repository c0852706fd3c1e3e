//! Work that a request leaves for later: jobs, the queues that carry them, and the workers that handle them.

mod delivery;
mod file;
mod job;
mod queue;
mod spool;
mod task;
mod worker;

pub use file::replace_file;
pub use job::{Job, QueueName};
pub use queue::Queue;
pub use spool::{Spool, Spooled};
pub(crate) use task::start_task;
pub use task::{Task, TaskEntry, run_task};
pub(crate) use worker::start_worker;
pub use worker::{Done, Worker, WorkerEntry, handle_batch, handle_job};
