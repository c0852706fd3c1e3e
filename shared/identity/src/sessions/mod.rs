//! Sessions: the table `sessions`.

mod list;
mod session;
mod table;

pub(crate) use session::SessionsTable;
pub use session::{Device, Presented, RefreshProof, Session};
pub use table::Sessions;
