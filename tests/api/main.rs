//! The behaviour of the endpoints as a client sees it, one module per resource.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod openapi;
mod pages;
mod scenarios;
mod tokens;
mod users;
