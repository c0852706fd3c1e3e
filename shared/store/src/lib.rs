//! What is kept: one module per DynamoDB table.
//!
//! A write asks for the proof it needs, every attribute name goes through a placeholder, and no decision about access
//! rests on an eventually consistent read.
#![deny(missing_docs)]

mod authority;
mod change;
mod connect;
mod cursor;
mod db;
mod error;
mod favorites;
mod gcra;
mod https;
mod identities;
mod live;
mod mail_tokens;
mod names;
mod page;
mod price;
mod products;
mod purge;
mod rate_limits;
mod reach;
mod row;
pub mod schema;
mod sessions;
mod sign_in_addresses;
mod signing_keys;
mod transaction;
mod trust;
mod users;

pub use authority::{CreatesUsers, DeletesProducts, EditsProducts, ManagesUsers, ReadsUsers};
pub use connect::Connection;
pub use db::{Db, Table};
pub use error::{Error, Result, causes, describe};
pub use favorites::Favorites;
pub use gcra::{Outcome, Rule};
pub use https::{CONNECT, http_client};
pub use identities::{Identities, Identity};
pub use live::LiveRecords;
pub use mail_tokens::{MailTokens, Purpose, Redeemed, ResetPassword, VerifyEmail};
pub use names::{Email, Invalid, PersonName, Username};
pub use page::{Page, PageRequest};
pub use price::Price;
pub use products::{Product, ProductChange, ProductId, ProductName, Products, rfc3339};
pub use rate_limits::RateLimits;
pub use sessions::{Device, Presented, Session, Sessions};
pub use sign_in_addresses::SignInAddresses;
pub use signing_keys::SigningKeys;
pub use trust::{Bundle, Trust};
pub use users::{
    AccessChange, Account, Erasure, IdentityChange, ManagedProfile, NewUser, OwnProfile, Profile, ProfileChange,
    Recipient, Users,
};
