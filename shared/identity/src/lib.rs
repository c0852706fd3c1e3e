//! Users, sessions, login names, mailed tokens, signing keys and known addresses: their tables, and their endpoints'
//! parts, jobs, mails, errors, events and metrics.
//!
//! A write asks for the proof that it needs, and no decision about access rests on an eventually consistent read. The
//! feature `endpoints` (on by default) has everything that needs the framework `api`; a Lambda with a framework of its
//! own does without.
#![deny(missing_docs)]

mod account_states;
mod authority;
#[cfg(feature = "endpoints")]
pub mod codes;
#[cfg(feature = "endpoints")]
pub mod demo;
#[cfg(feature = "endpoints")]
mod device;
mod error;
#[cfg(feature = "endpoints")]
mod fields;
#[cfg(feature = "endpoints")]
mod issuer;
#[cfg(feature = "endpoints")]
mod jobs;
mod known_addresses;
mod limits;
mod login_names;
mod mail_tokens;
#[cfg(feature = "endpoints")]
mod mails;
mod names;
#[cfg(feature = "endpoints")]
mod parts;
#[cfg(feature = "endpoints")]
mod passwords;
#[cfg(feature = "endpoints")]
mod seed;
#[cfg(feature = "endpoints")]
mod serve;
mod sessions;
mod signing_keys;
mod users;

pub use account_states::StoredAccountStates;
pub use authority::{CreatesUsers, ManagesUsers, ReadsUsers};
pub use error::{Error, Result, SignInFailure};
#[cfg(feature = "endpoints")]
pub use fields::PasswordFields;
#[cfg(feature = "endpoints")]
pub use issuer::{AccessToken, Issuer, Tokens};
#[cfg(feature = "endpoints")]
pub use jobs::{ErasureJob, MailJob, send_verification};
pub use known_addresses::KnownAddresses;
pub use limits::{account_subject, mailbox_subject};
pub use login_names::{LoginName, LoginNames};
pub use mail_tokens::{MailTokens, Purpose, Redeemed, ResetPassword, VerifyEmail};
#[cfg(feature = "endpoints")]
pub use mails::Mails;
pub use names::{Email, PersonName, Username};
#[cfg(feature = "endpoints")]
pub use parts::{GUARD_TABLES, Owned};
#[cfg(feature = "endpoints")]
pub use passwords::{NewPasswords, Passwords};
#[cfg(feature = "endpoints")]
pub use serve::{EVENTS, Identity, METRICS, serve, serve_task, serve_worker};
pub use sessions::{Device, Presented, Session, Sessions};
pub use signing_keys::SigningKeys;
pub use users::{
    AccessChange, Account, IdentityChange, LockedAccount, ManagedProfile, MarkedAccount, NewUser, OwnProfile, Profile,
    ProfileChange, Recipient, Recipients, Users,
};
