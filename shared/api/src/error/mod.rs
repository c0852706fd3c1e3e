//! Errors: one row for each, with everything that the client and the log are told.

mod code;
#[allow(clippy::module_inception)]
mod error;
mod problem;
mod row;
mod rows;

pub use code::{Code, codes};
pub use error::{Error, Result};
pub(crate) use problem::Problem;
pub use row::{DomainError, ErrorRow, FieldError};
