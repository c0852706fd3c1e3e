use std::fmt;

use auth::{PasswordHash, PasswordProof, UserId};

use super::account::Account;
use crate::factor_proof::FactorProof;
use crate::sessions::RefreshProof;

/// An account before its owner is authenticated. Only the right password, second factor or refresh
/// token opens it.
#[derive(Clone)]
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

    /// Whether it is this user's, who may sign in and has not ended the sessions of this epoch.
    #[cfg(feature = "endpoints")]
    pub(crate) fn is_challenged(&self, user: UserId, epoch: u64) -> bool {
        (self.0.profile.id, self.0.epoch.number, self.0.is_active) == (user, epoch, true)
    }

    /// The address to which notices go.
    #[cfg(feature = "endpoints")]
    pub(crate) fn verified_address(&self) -> Option<String> {
        self.0.verified_address()
    }

    /// The account, for the right password.
    pub fn open(self, proof: &PasswordProof) -> Option<Account> {
        (self.0.profile.id == proof.user_id()).then_some(self.0)
    }

    /// The account, for a code of its second factor, or its passkey.
    pub fn open_with_factor(self, proof: &FactorProof) -> Option<Account> {
        (self.0.profile.id == proof.user_id()).then_some(self.0)
    }

    /// The account, for a refresh token of one of its sessions.
    pub fn open_session(self, proof: &RefreshProof) -> Option<Account> {
        (self.0.profile.id == proof.user_id()).then_some(self.0)
    }
}

impl fmt::Debug for LockedAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LockedAccount(..)")
    }
}
