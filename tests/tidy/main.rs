//! Rules of the repository that no compiler knows: what belongs together is there in every place, and nothing depends
//! on what it must not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod circles;
mod code;
mod dependencies;
mod description;
mod docs;
mod endpoints;
mod english;
mod grants;
mod roots;
mod sources;
mod template;

use tests::repository;

/// Path and text of every Rust source.
fn sources() -> Vec<(String, String)> {
    repository::sources(&["examples", "functions", "shared", "shop", "tools", "tests"])
}
