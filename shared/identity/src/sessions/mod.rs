//! Sessions: the table `sessions`.

mod authentication;
mod list;
mod session;
mod table;
#[cfg(feature = "endpoints")]
mod told;

pub use authentication::AfterWrongPassword;
pub(crate) use session::SessionsTable;
#[cfg(feature = "endpoints")]
pub(crate) use session::WRONG_PASSWORDS;
pub use session::{Device, Presented, RefreshProof, Session};
pub use table::Sessions;
