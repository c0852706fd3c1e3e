//! Sessions: the table `sessions`.

mod authentication;
mod list;
#[cfg(feature = "endpoints")]
mod notice_facts;
mod session;
mod table;

pub use authentication::AfterWrongPassword;
pub(crate) use session::SessionsTable;
#[cfg(feature = "endpoints")]
pub(crate) use session::WRONG_PASSWORDS;
pub use session::{Device, Presented, RefreshProof, Session};
pub use table::Sessions;
