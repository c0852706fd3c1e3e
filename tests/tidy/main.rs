//! Rules of the repository that the compiler can't check: complete lists of endpoints, allowed dependencies, small
//! grants, and documents that match the code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod asvs;
mod circles;
mod code;
mod dependencies;
mod deploy;
mod docs;
mod endpoints;
mod english;
mod grants;
mod openapi;
mod roots;
mod sources;
mod sync;
mod sync_events;
mod sync_gateway;
mod template;

use tests::repository::{self, with_domains};

/// The path and text of every Rust source.
fn sources() -> Vec<(String, String)> {
    repository::sources(&with_domains(&["examples", "functions", "shared", "tools", "tests"]))
}
