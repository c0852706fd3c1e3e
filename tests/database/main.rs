//! Difficult responses of DynamoDB that the API must handle: cut pages, stale reads, conflicts, corrupt items, outages.
// Clippy does not know that the whole crate is test code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod answers;
mod bounded;
mod cursors;
mod items;
mod lists;
mod once;
mod outage;
mod resources;
mod sign_up;
mod stale;
mod tables;
mod unreadable;
mod versions;

use serde_json::{Value, json};
use tests::PASSWORD;
use tests::lists::{ids, next, pages};
use tests::problems::{assert_internal, assert_unavailable, fields};

fn sign_up(username: &str, email: &str) -> Value {
    json!({ "username": username, "email": email, "password": PASSWORD })
}
