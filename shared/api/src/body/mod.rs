//! JSON bodies: an object, read field by field.

mod fields;
mod json;
mod received;
mod schema_builder;
#[cfg(test)]
mod tests;

pub use fields::{Body, Field, Fields};
pub use json::Json;
pub use schema_builder::SchemaBuilder;
