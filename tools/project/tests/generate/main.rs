//! New resources and endpoints, written into copies of the repository.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod copy;
mod endpoints;
mod promises;
mod resources;
