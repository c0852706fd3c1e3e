//! The audit: what staff, superusers and operators do is written into the table `audit`, in the same transaction as the
//! change itself.

mod act;
mod actor;
mod entry;
mod log;
mod query;
mod row;
mod table;

pub use act::{Act, Audit};
pub use actor::Actor;
pub use entry::AuditEntry;
pub use log::{AuditLog, ReadsAudit};
pub use query::AuditQuery;
pub use row::{AuditRow, AuditValue};
