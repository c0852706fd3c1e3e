//! Rate limits: their declaration, the limiter, and the counters in the table `rate_limits`.

mod clearing;
mod counters;
mod gcra;
mod limit;
mod limiter;

pub use gcra::{Outcome, Rule};
pub use limit::{HOUR, Limit, LimitKey, MINUTE, QUARTER_HOUR, counts_address, counts_subject};
pub use limit::{per_ip, per_subject, per_subject_and_ip, per_subject_at_new_addresses, per_user};
pub use limiter::{LimitStatus, Limiter};
