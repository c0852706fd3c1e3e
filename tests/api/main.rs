//! What the endpoints do, one module per resource, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod description;
mod scenarios;
mod tokens;
mod users;
