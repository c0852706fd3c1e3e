//! The example domain: products and favourites. Delete this folder when you have a domain of your own.
//!
//! The framework and identity do not depend on this crate. Of this project's crates, this crate depends only on `api`,
//! `auth`, `dynamo` and `operator`, as your own domain would.
#![deny(missing_docs)]

use api::{Code, Metric};

/// The error codes of the shop: it has none of its own.
pub const CODES: &[Code] = &[];

/// The metrics of the shop: it has none of its own.
pub const METRICS: &[Metric] = &[];

/// The events of the shop. `docs/events.md` has a row for each event.
pub const EVENTS: &[&str] = &["products_changed", "products_created", "products_deleted"];

mod authority;
pub mod demo;
mod favorites;
mod parts;
mod price;
mod products;

pub use authority::{DeletesProducts, EditsProducts};
pub use favorites::Favorites;
pub use parts::Owned;
pub use price::Price;
pub use products::{Product, ProductChange, ProductId, ProductName, Products};
