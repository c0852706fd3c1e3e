//! A request, and the inputs that endpoints read from it.

mod address;
mod conditional;
mod declared;
mod from_request;
mod if_match;
mod page;
#[allow(clippy::module_inception)]
mod request;

pub use address::{ClientAddress, TrustedProxy};
pub use from_request::{FromPath, FromRequest, Path};
pub use if_match::{HasRevision, IfMatch, Revision};
pub use request::Request;
