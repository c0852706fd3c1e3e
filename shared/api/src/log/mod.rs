//! The log: one JSON line for each request and each security event, with metrics in them.

mod events;
#[allow(clippy::module_inception)]
mod log;
mod metrics;
mod recorded;

pub use events::FRAMEWORK_EVENTS;
pub(crate) use events::{log_failure, log_job, log_open_limiter, log_request, log_unreadable_job, position_in};
pub(crate) use log::log_panics;
pub use log::start_log;
pub use metrics::{FRAMEWORK_METRICS, LogLine, Metric};
pub use recorded::{UNKNOWN, recorded};
