//! The parts that every DynamoDB table needs: the connection, conditional updates, transactions, rows, pages, cursors.
//!
//! This crate names no table. Each table is a private type of its owner crate, and [`TableClient`] requires that type.
//! So other crates reach a table only through the methods of its owner. Nothing but a test keeps a second crate from
//! declaring the same table (`every_table_has_one_private_type`). Every attribute name goes through a
//! placeholder, and single reads are strongly consistent.
#![deny(missing_docs)]

mod all;
mod answers;
mod attempts;
mod connection;
mod cursor;
mod db;
mod decimal;
mod error;
mod exact;
mod https;
mod instant;
mod integer;
mod newest;
mod page;
mod patch;
mod pause;
mod ping;
mod purge;
mod races;
mod readable;
mod row;
pub mod schema;
mod table;
mod text;
mod transaction;
mod trust;
mod update;
mod versioned;
mod written;

pub use attempts::was_not_sent;
pub use aws_sdk_dynamodb::types::AttributeValue;
pub use connection::Connection;
pub use cursor::Cursor;
pub use db::{Db, Item, TableKey};
pub use error::{Error, Result, describe_sdk_error, error_chain};
pub use https::{CONNECT, http_client};
pub use instant::parse_instant;
pub use newest::Partition;
pub use page::{List, POSITIONS, Page, PageRequest, Positions};
pub use patch::{differing, edited};
pub use purge::{AccountTable, Erasure, OwnedByUser, Purged};
pub use races::LostRaces;
pub use row::{Row, bytes, flag, is_same, item, key, millis, number, text};
pub use schema::{optional_rfc3339, rfc3339};
pub use table::{Table, TableClient};
pub use text::{Invalid, PRINTABLE, PRINTABLE_OR_EMPTY, check_printable};
pub use transaction::{FailedConditions, TransactionPart};
pub use trust::{CaBundle, TrustStore};
pub use update::{ConditionalUpdate, CustomizableUpdate, conditional};
pub use versioned::RAISE_VERSION;
pub use written::{Edited, Write, Written};

#[doc(hidden)]
pub use {decimal::DecimalForm, integer::IntegerForm, schemars, serde};
