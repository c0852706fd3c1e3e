//! The example domain: its products and favourites. Delete this suite together with the shop.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod answers;
mod audited;
mod bounded;
mod cursors;
mod erasure;
mod favorites;
mod favorites_list;
mod headers;
mod ids;
mod items;
mod lists;
mod members;
mod once;
mod outage;
mod prices;
mod products;
mod revisions;
mod scenarios;
mod sizes;

use tests::lists::{ids, next, pages};
use tests::problems::{assert_internal, assert_unavailable, fields};
