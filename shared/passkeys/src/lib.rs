#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod challenge;
mod client_data;
mod credential;
mod error;
mod options;
mod relying_party;
mod response;
mod settings;
#[cfg(test)]
mod tests;
mod verification;

pub use challenge::{Challenge, ClaimedChallenge, LIFETIME, Purpose};
pub use credential::{Asserted, NewCredential, PublicKey, StoredCredential, UserHandle};
pub use error::{Error, Result};
pub use options::Account;
pub use relying_party::RelyingParty;
pub use response::{Assertion, MOST_BYTES, Registration};
