//! Shared code of the tests: the whole API in process, behind the same gateway as `cargo run -p local`, over its own
//! DynamoDB with faults that tests inject.
// Clippy does not know that the whole crate is test code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![deny(missing_docs)]

mod app;
pub mod authenticator;
pub mod bounded;
mod call;
mod client;
mod clock;
mod conflicts;
mod contract;
mod costs;
pub mod document;
mod dynamo;
mod forge;
mod functions;
mod good_calls;
pub mod ids;
mod lambda;
pub mod lists;
mod mails;
pub mod once_probe;
pub mod passkey;
pub mod probes;
pub mod problems;
pub mod record;
pub mod repository;
pub mod shop;
mod sign_in;
mod site;
mod totp;

pub use app::{PASSWORD, SEALING_KEYS, TestApp, is_notice, settings};
pub use authenticator::{Enrolled, challenge, enrol};
pub use call::{Call, SECRETS, UnderWay, sender_grant, table_grant};
pub use client::{Client, Response};
pub use clock::ManualClock;
pub use contract::{documented_errors, operations, takes_header};
pub use costs::{Cost, costs, rounds};
pub use dynamo::{Consumed, Fault, Proxy, conflict};
pub use forge::{Forge, SEED};
pub use functions::permit;
pub use good_calls::{ANOTHER_EMAIL, Callers, GoodCall, OTHERS, admitted, fill_account, good_call, plain_call};
pub use lambda::{Lambda, Launch};
pub use passkey::Passkey;
pub use repository::{executable, executable_in};
pub use totp::Authenticator;

/// The code of a guide, which is compiled as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/secure-an-endpoint.md")]
mod guide {}
