#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod access;
mod bearer;
mod claims;
mod clock;
mod digest;
mod entropy;
mod epoch;
mod error;
mod future;
mod guard;
mod hasher;
mod id;
mod key;
mod key_ring;
mod level;
mod mail_token;
mod password;
mod policy;
mod proof;
mod provider;
mod refresh_token;
mod strict_json;
mod token;

pub use access::{Access, Maybe, Public, SignedIn, StaffOnly, SuperuserOnly};
pub use claims::{Claims, Roles};
pub use clock::{Clock, SystemClock};
pub use digest::{Digest, hex, sha256};
pub use entropy::{Entropy, EntropyFailed, OsEntropy, random};
pub use epoch::Epoch;
pub use error::{Error, Reason, Result, SourceError};
pub use future::BoxFuture;
pub use guard::{AccountState, AccountStates, Guard, Rejection, SessionState, UserState};
pub use id::{SessionId, UserId, uuid_v7};
pub use key::{KeyId, PublicKey, SigningKey, SigningSeed};
pub use key_ring::{KeyRing, PublishedKey, PublishedKeys};
pub use level::Level;
pub use mail_token::MailToken;
pub use password::{NewPassword, Password, PasswordCheck, PasswordHash, PasswordPolicy, PasswordProof};
pub use policy::TokenPolicy;
pub use proof::{Anyone, Caller, Staff, Superuser, User};
pub use refresh_token::{RefreshSecret, RefreshToken};
pub use strict_json::JsonObject;
pub use token::{UnverifiedToken, issue};
