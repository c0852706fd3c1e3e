//! What is kept: one module per DynamoDB table.
//!
//! A write asks for the proof it needs, every attribute name goes through a placeholder, and no decision about access
//! rests on an eventually consistent read.
#![deny(missing_docs)]

mod authority;
mod connect;
mod cursor;
mod db;
mod error;
mod favorites;
mod gcra;
mod identities;
mod live;
mod names;
mod page;
mod price;
mod products;
mod rate_limits;
mod row;
mod sessions;
mod signing_keys;
mod users;

pub use authority::{CreatesUsers, DeletesProducts, EditsProducts, ReadsUsers};
pub use connect::{Connection, http_client, retries, timeouts};
pub use db::{Db, Table};
pub use error::{Error, Result, describe};
pub use favorites::Favorites;
pub use gcra::{Outcome, Rule};
pub use identities::{Identities, Identity};
pub use live::LiveRecords;
pub use names::{Email, Invalid, PersonName, Username};
pub use page::{Page, PageRequest};
pub use price::Price;
pub use products::{Product, ProductChange, ProductId, ProductName, Products};
pub use rate_limits::RateLimits;
pub use sessions::{Session, Sessions};
pub use signing_keys::SigningKeys;
pub use users::{Account, NewUser, Profile, Users};
