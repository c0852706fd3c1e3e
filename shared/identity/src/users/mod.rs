//! Accounts: the table `users`, and `identities` for the uniqueness of usernames and emails.

#[cfg(feature = "endpoints")]
mod access;
mod account;
mod credentials;
mod erasure;
#[cfg(feature = "endpoints")]
mod factor_flag;
#[cfg(feature = "endpoints")]
mod free_email;
#[cfg(feature = "endpoints")]
mod invited;
mod locked;
#[cfg(feature = "endpoints")]
mod managed;
mod profile;
mod recipient;
mod sign_out;
mod table;
mod takeover;
mod unverified;
mod verification;

#[cfg(feature = "endpoints")]
pub use access::{AccessChange, ChangedAccess};
pub use account::{Account, ManagedProfile, NewUser, OwnProfile, Profile};
pub(crate) use account::{UserRecord, UsersTable, epoch};
pub use credentials::Redeemer;
pub use erasure::MarkedAccount;
#[cfg(feature = "endpoints")]
pub use free_email::Freed;
#[cfg(feature = "endpoints")]
pub(crate) use invited::Made;
pub use locked::LockedAccount;
pub use profile::{LoginNameChange, ProfileChange};
pub use recipient::{Recipient, Recipients};
pub use table::Users;
pub(crate) use takeover::ProvenEmail;
pub use unverified::UnverifiedAccounts;
pub use verification::EmailClaim;
