//! The OpenAPI document, from the declarations of the endpoints.

mod access;
mod document;
mod error_responses;
mod operation;
mod problem_schemas;

pub use document::{Info, document};
pub use operation::{Operation, Schemas};
