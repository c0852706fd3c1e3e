use std::fmt;

/// The access levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Anyone, without a token.
    Public,
    /// Anyone without a token, and signed-in users with a token.
    Maybe,
    /// Signed-in users.
    Authenticated,
    /// Staff only. Being a superuser is not enough.
    Staff,
    /// Superusers only. Being staff is not enough.
    Superuser,
    /// Service keys with a scope, and no users.
    Agent,
}

impl Level {
    /// Whether callers without a token are admitted.
    pub const fn admits_anyone(self) -> bool {
        matches!(self, Level::Public | Level::Maybe)
    }

    /// Whether a bearer token is looked at.
    pub const fn checks_tokens(self) -> bool {
        !matches!(self, Level::Public)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Level::Public => "Public",
            Level::Maybe => "Maybe",
            Level::Authenticated => "Authenticated",
            Level::Staff => "Staff",
            Level::Superuser => "Superuser",
            Level::Agent => "Agent",
        })
    }
}
