//! Users, sessions, second factors, login names, invitations, mailed tokens, signing keys and known addresses: their tables, and their endpoints'
//! parts, jobs, mails, errors, events and metrics.
//!
//! Each write requires a proof, and no decision about access relies on an eventually consistent read. The feature
//! `endpoints` (on by default) contains the code that needs the framework `api`. A Lambda with another framework leaves
//! the feature out.
//!
//! An endpoint can't have a part that it does not declare in `type Uses`. Only the framework makes permits for calls,
//! and the examples below don't compile without a permit. Signing:
//!
//! ```compile_fail,E0061
//! fn handle(context: &api::Context) {
//!     let issuer = context.part::<identity::Issuer>();
//! }
//! ```
//!
//! Queueing:
//!
//! ```compile_fail,E0061
//! fn handle(context: &api::Context) {
//!     let mails = context.part::<api::Queue<identity::MailJob>>();
//! }
//! ```
//!
//! Hashing and checking passwords:
//!
//! ```compile_fail,E0061
//! fn handle(context: &api::Context) {
//!     let passwords = context.part::<identity::Passwords>();
//! }
//! ```
//!
//! Reading and writing accounts:
//!
//! ```compile_fail,E0061
//! fn handle(context: &api::Context) {
//!     let users = context.part::<identity::Users>();
//! }
//! ```
//!
//! (With a permit, which tools and tests have, the same code compiles, so the examples have no other error:)
//!
//! ```
//! fn take(context: &api::Context, permit: &api::Permit) -> api::Result<()> {
//!     let (issuer, mails): (identity::Issuer, api::Queue<identity::MailJob>) = context.part(permit)?;
//!     let (passwords, users): (identity::Passwords, identity::Users) = context.part(permit)?;
//!     Ok(())
//! }
//! ```
//!
//! A new password has its own type, and [`NewPasswords`] hashes only this type:
//!
//! ```compile_fail,E0308
//! async fn keep(passwords: &identity::NewPasswords, password: auth::Password) {
//!     let _ = passwords.hash(password).await;
//! }
//! ```
//!
//! An account before its owner is authenticated can be opened only with the right password or refresh token:
//!
//! ```compile_fail,E0616
//! fn peek(account: identity::LockedAccount) -> identity::Account {
//!     account.0
//! }
//! ```
//!
//! The tables are private types, so that other crates can reach them only through the methods of this crate:
//!
//! ```compile_fail,E0603
//! fn raw(db: &dynamo::Db) {
//!     let users = db.table::<identity::users::UsersTable>();
//! }
//! ```
#![deny(missing_docs)]

mod account_states;
mod authority;
#[cfg(feature = "endpoints")]
pub mod codes;
#[cfg(feature = "endpoints")]
pub mod demo;
#[cfg(feature = "endpoints")]
mod device;
#[cfg(feature = "endpoints")]
mod email_claims;
mod error;
#[cfg(feature = "endpoints")]
mod events;
mod factor_proof;
#[cfg(feature = "endpoints")]
mod factors;
#[cfg(feature = "endpoints")]
mod fields;
#[cfg(feature = "endpoints")]
mod invitations;
#[cfg(feature = "endpoints")]
mod issuer;
#[cfg(feature = "endpoints")]
mod jobs;
mod known_addresses;
mod limits;
mod login_names;
#[cfg(feature = "endpoints")]
mod mail_limits;
#[cfg(feature = "endpoints")]
mod mail_texts;
mod mail_tokens;
#[cfg(feature = "endpoints")]
mod mails;
mod names;
#[cfg(feature = "endpoints")]
mod new_sessions;
#[cfg(feature = "endpoints")]
mod notice;
#[cfg(feature = "endpoints")]
mod notices;
#[cfg(feature = "endpoints")]
mod own_password;
#[cfg(feature = "endpoints")]
mod parts;
#[cfg(feature = "endpoints")]
mod passwords;
#[cfg(feature = "endpoints")]
mod revocation;
#[cfg(feature = "endpoints")]
mod sealer;
#[cfg(feature = "endpoints")]
mod secret_store;
#[cfg(feature = "endpoints")]
mod seed;
#[cfg(feature = "endpoints")]
mod serve;
mod sessions;
#[cfg(feature = "endpoints")]
mod sign_up;
#[cfg(feature = "endpoints")]
mod signer;
mod signing_keys;
#[cfg(feature = "endpoints")]
mod unverified_days;
mod users;
#[cfg(feature = "endpoints")]
mod wished_role;

pub use account_states::StoredAccountStates;
pub use authority::{Authenticates, ConfirmsAccount, CreatesUsers, Invites, ManagesUsers, OwnsAccount, ReadsUsers};
#[cfg(feature = "endpoints")]
pub use codes::CODES;
#[cfg(feature = "endpoints")]
pub use email_claims::EmailClaims;
pub use error::{Error, Result, SignInFailure};
#[cfg(feature = "endpoints")]
pub use events::{EVENTS, METRICS};
pub use factor_proof::FactorProof;
#[cfg(feature = "endpoints")]
pub use factors::{
    Challenges, Confirmation, Enrolments, Factor, FactorFields, FactorKind, FactorList, FactorLists, Factors, NewTotp,
    PasskeyEnrolments, PasskeyOptions, PasskeyResponse, Passkeys, PresentedChallenge, PresentedPasskey, RecoveryCodes,
    RightCode, RightPasskey, SecondFactorCode, SecondFactors, StoredPasskeys, WAITS, WaitingFactors,
};
#[cfg(feature = "endpoints")]
pub use fields::PasswordFields;
#[cfg(feature = "endpoints")]
pub use invitations::{Acceptances, Invitation, InvitationId, Invitations, Invitee, Invitees, NewMember};
#[cfg(feature = "endpoints")]
pub use issuer::{AccessToken, Issuer, SteppedUp, Tokens};
#[cfg(feature = "endpoints")]
pub use jobs::{ErasureJob, MailJob};
pub use known_addresses::{AddressHistory, KnownAddresses};
#[cfg(feature = "endpoints")]
pub use limits::{OWN_PASSWORD_LIMIT, SIGN_IN_LIMITS};
pub use limits::{account_subject, mailbox_subject};
pub use login_names::{LoginName, LoginNames};
#[cfg(feature = "endpoints")]
pub use mail_limits::{MailBudget, MailLimits};
pub use mail_tokens::{AcceptInvitation, MailTokens, Purpose, Redeemed, ResetPassword, TokenOwner, VerifyEmail};
#[cfg(feature = "endpoints")]
pub use mails::{Delivery, Mails};
pub use names::{Email, PasskeyName, PersonName, Username};
#[cfg(feature = "endpoints")]
pub use new_sessions::{NewSessions, Origin};
#[cfg(feature = "endpoints")]
pub use notice::Notice;
#[cfg(feature = "endpoints")]
pub use notices::Notices;
#[cfg(feature = "endpoints")]
pub use own_password::OwnPassword;
#[cfg(feature = "endpoints")]
pub use parts::{GUARD_TABLES, Owned};
#[cfg(feature = "endpoints")]
pub use passwords::{NewPasswords, Passwords};
#[cfg(feature = "endpoints")]
pub use sealer::Sealer;
#[cfg(feature = "endpoints")]
pub use serve::{Identity, serve, serve_task, serve_worker};
pub use sessions::{AfterWrongPassword, Device, Presented, RefreshProof, Session, Sessions};
#[cfg(feature = "endpoints")]
pub use sign_up::SignUp;
pub use signing_keys::SigningKeys;
#[cfg(feature = "endpoints")]
pub use unverified_days::UnverifiedDays;
#[cfg(feature = "endpoints")]
pub use users::{AccessChange, ChangedAccess, Freed};
pub use users::{
    Account, EmailClaim, LockedAccount, LoginNameChange, ManagedProfile, MarkedAccount, NewUser, OwnProfile, Profile,
    ProfileChange, Recipient, Recipients, Redeemer, UnverifiedAccounts, Users,
};
#[cfg(feature = "endpoints")]
pub use wished_role::WishedRole;
