use std::fmt;

/// The four access levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Anyone, without a token.
    Public,
    /// Signed-in users.
    Authenticated,
    /// Staff only. Being a superuser is not enough.
    Staff,
    /// Superusers only. Being staff is not enough.
    Superuser,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Level::Public => "Public",
            Level::Authenticated => "Authenticated",
            Level::Staff => "Staff",
            Level::Superuser => "Superuser",
        })
    }
}
