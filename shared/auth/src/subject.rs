use std::fmt;

use jiff::Timestamp;

use crate::id::{ClientId, SessionId, UserId};
use crate::roles::Roles;

/// Who calls: a user, or a service key. Displayed as a path, as in `users/{id}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// A user.
    User(UserId),
    /// A service key.
    Agent(ClientId),
}

impl Principal {
    /// The user's id. `None` for a service key.
    pub fn user_id(self) -> Option<UserId> {
        match self {
            Principal::User(id) => Some(id),
            Principal::Agent(_) => None,
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Principal::User(id) => write!(f, "users/{id}"),
            Principal::Agent(id) => write!(f, "service-keys/{id}"),
        }
    }
}

/// The ways in which a user authenticated, as in the claim `amr` (RFC 8176). A list of names with spaces between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Methods(String);

/// The method of more than one factor (RFC 8176, section 2), and the `acr` of its tokens.
pub(crate) const MULTI_FACTOR: &str = "mfa";

impl Methods {
    /// A password alone.
    pub fn password() -> Self {
        Self("pwd".to_owned())
    }

    /// A password and a one-time code: from an authenticator app, or a recovery code.
    pub fn password_and_code() -> Self {
        Self("pwd otp mfa".to_owned())
    }

    /// A passkey, whose authenticator verified the user: something that one has, and something that one knows or is.
    pub fn passkey() -> Self {
        Self("hwk mfa".to_owned())
    }

    /// A password and a passkey.
    pub fn password_and_passkey() -> Self {
        Self("pwd hwk mfa".to_owned())
    }

    /// The methods as text, to store.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Methods as they were stored.
    pub fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Whether the user gave more than one factor.
    pub fn has_factor(&self) -> bool {
        self.names().any(|name| name == MULTI_FACTOR)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.split_ascii_whitespace()
    }
}

/// An authentication of a user: the time, and the methods. The source of `auth_time`, `acr` and `amr` (RFC 9068, 2.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authentication {
    /// The time.
    pub at: Timestamp,
    /// The methods.
    pub methods: Methods,
}

/// The user, the session and the authentication that an access token is for.
#[derive(Clone, Debug)]
pub struct TokenSubject {
    /// `sub`.
    pub user_id: UserId,
    /// `sid`.
    pub session_id: SessionId,
    /// `is_staff` and `is_superuser`.
    pub roles: Roles,
    /// `auth_time`, `acr` and `amr`.
    pub authentication: Authentication,
}

impl TokenSubject {
    /// A user who authenticated with a password at `at`.
    pub fn by_password(user_id: UserId, session_id: SessionId, roles: Roles, at: Timestamp) -> Self {
        Self { user_id, session_id, roles, authentication: Authentication { at, methods: Methods::password() } }
    }
}
