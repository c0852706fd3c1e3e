use auth::{PasswordHash, PasswordProof, RefreshToken, UserId};
use jiff::Timestamp;

use super::account::Account;
use crate::sessions::Session;

/// An account before its owner is authenticated. Only the right password or refresh token opens it.
#[derive(Clone, Debug)]
pub struct LockedAccount(Account);

impl LockedAccount {
    pub(crate) fn new(account: Account) -> Self {
        Self(account)
    }

    /// The hash to check a password against, and the user id for the proof.
    #[cfg(feature = "endpoints")]
    pub(crate) fn stored_password(&self) -> (UserId, &PasswordHash) {
        (self.0.profile.id, &self.0.password_hash)
    }

    /// The account, for the right password.
    pub fn open(self, proof: &PasswordProof) -> Option<Account> {
        (self.0.profile.id == proof.user_id()).then_some(self.0)
    }

    /// The account, if the refresh token is the session's current token or was until moments ago.
    pub fn open_session(self, session: &Session, presented: &RefreshToken, now: Timestamp) -> Option<Account> {
        (self.0.profile.id == session.user_id && session.accepts(presented, now)).then_some(self.0)
    }
}
