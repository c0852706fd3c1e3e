use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::policy::FactorPolicy;
use crate::roles::Roles;
use crate::scopes::Scopes;

/// The longest time since an authentication that counts as recent, in seconds.
pub const RECENT_SECONDS: i64 = 300;

/// The facts that a level judges: first as the token's claims state them, then as the stored records do.
pub struct Facts<'a> {
    pub(crate) holder: HolderFacts<'a>,
    pub(crate) now: Timestamp,
    pub(crate) factors: FactorPolicy,
}

/// The facts about a user or a service key.
pub(crate) enum HolderFacts<'a> {
    /// A user.
    User(UserFacts),
    /// A service key with these scopes.
    Agent(&'a Scopes),
}

/// The facts about a user.
#[derive(Clone, Copy)]
pub(crate) struct UserFacts {
    pub roles: Roles,
    /// The time of the authentication, in seconds since 1970, if it is known.
    pub auth_time: Option<i64>,
    pub has_factor: bool,
}

impl Facts<'_> {
    /// The facts about the user. A service key is refused.
    pub(crate) fn user(&self) -> Result<UserFacts> {
        match &self.holder {
            HolderFacts::User(user) => Ok(*user),
            HolderFacts::Agent(_) => Err(Error::UserRequired),
        }
    }

    /// Whether a user authenticated recently. There is no leeway: an attacker gains nothing from a clock.
    pub(crate) fn is_recent(&self) -> bool {
        let HolderFacts::User(user) = &self.holder else { return false };
        user.auth_time.is_some_and(|at| self.now.as_second().saturating_sub(at) <= RECENT_SECONDS)
    }
}
