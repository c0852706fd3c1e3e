//! Errors: one row for each, with the texts for the client and for the log.

mod code;
#[allow(clippy::module_inception)]
mod error;
mod problem;
mod row;
mod rows;

pub use code::Code;
pub use error::{Error, Result};
pub(crate) use problem::Problem;
pub use row::{DomainError, ErrorRow, FieldError};
pub use rows::codes;
