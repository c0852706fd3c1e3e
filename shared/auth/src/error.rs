use std::error::Error as StdError;

use crate::entropy::EntropyFailed;
use crate::step_up::StepUp;

/// A failure inside a source of keys or accounts.
pub type SourceError = Box<dyn StdError + Send + Sync>;

/// This crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The errors of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No bearer token was given.
    #[error("no bearer token was given")]
    TokenMissing,
    /// The token is not valid. The reason is for the log, not for the client.
    #[error("the token is not valid: {0}")]
    TokenInvalid(Reason),
    /// The token was valid and is past its `exp`.
    #[error("the token has expired")]
    TokenExpired,
    /// The caller is not staff.
    #[error("staff access is required")]
    StaffRequired,
    /// The caller is not a superuser.
    #[error("superuser access is required")]
    SuperuserRequired,
    /// The caller is a service key, and only users may call.
    #[error("a user's token is required")]
    UserRequired,
    /// The caller is not a service key with the scope.
    #[error("a service key with the scope is required")]
    ScopeRequired,
    /// The caller's authentication is not recent, or lacks a second factor (RFC 9470).
    #[error("another authentication is required: {0:?}")]
    ReauthenticationRequired(StepUp),
    /// A source of keys or accounts did not answer. So the check of the caller is undecided.
    #[error("could not ask for keys or accounts: {0}")]
    Unavailable(#[source] SourceError),
    /// The signing seed is not 64 hexadecimal characters.
    #[error("the signing seed is {0}")]
    Seed(&'static str),
    /// The password can't be accepted as a new one.
    #[error("the password {0}")]
    Password(&'static str),
    /// A password hash could not be read or made.
    #[error("the password hash can't be used: {0}")]
    PasswordHash(String),
    /// Signing failed.
    #[error("the token could not be signed: {0}")]
    Signing(String),
    /// The sealing keys are not a JSON object of numbers and keys.
    #[error("the sealing keys are {0}")]
    SealingKeys(&'static str),
    /// Something was sealed with a key that is not among the keys.
    #[error("there is no sealing key {0}")]
    SealingKeyMissing(u32),
    /// Sealed bytes were changed, or belong elsewhere.
    #[error("sealed bytes can't be opened")]
    Unsealable,
    /// The source of randomness failed.
    #[error(transparent)]
    Entropy(#[from] EntropyFailed),
}

impl From<Reason> for Error {
    fn from(reason: Reason) -> Self {
        Error::TokenInvalid(reason)
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])+ $name:ident = $text:literal,)+) => {
        /// The reason why a token was refused. For the log only: clients get the same response for all reasons.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Reason {
            $($(#[$doc])+ $name,)+
        }

        impl Reason {
            /// All reasons.
            pub const ALL: &[Reason] = &[$(Reason::$name,)+];

            /// The reason's name in the log.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Reason::$name => $text,)+
                }
            }
        }
    };
}

reasons! {
    /// The token is not one compact JWT, or a part of the token is malformed.
    Malformed = "malformed",
    /// The header's `alg` is not EdDSA.
    Algorithm = "algorithm",
    /// The header's `typ` is not `at+jwt` (RFC 9068).
    Type = "type",
    /// The header has `crit`, and this crate supports no extensions (RFC 7515, 4.1.11).
    CriticalExtension = "critical_extension",
    /// The `kid` is missing, can't be a key id, or names a key that is not published.
    UnknownKey = "unknown_key",
    /// The key was revoked.
    RevokedKey = "revoked_key",
    /// The signature does not match.
    Signature = "signature",
    /// The token is from another issuer.
    Issuer = "issuer",
    /// The token is for another API.
    Audience = "audience",
    /// `nbf` lies in the future.
    NotYetValid = "not_yet_valid",
    /// `iat` lies in the future.
    IssuedInFuture = "issued_in_future",
    /// The token's lifetime is longer than that of any issued token.
    Lifetime = "lifetime",
    /// The token has the claims of both a user and a service key.
    Holder = "holder",
    /// `auth_time` lies after `iat`.
    AuthTime = "auth_time",
    /// The service key does not exist, or has expired.
    AgentUnknown = "agent_unknown",
    /// The service key was revoked.
    AgentRevoked = "agent_revoked",
    /// The user does not exist.
    UserUnknown = "user_unknown",
    /// The user is not active.
    UserInactive = "user_inactive",
    /// The session does not exist, is another user's, or has expired.
    SessionUnknown = "session_unknown",
    /// The session was revoked.
    SessionRevoked = "session_revoked",
    /// The session's epoch is older than the user's.
    SessionEpoch = "session_epoch",
    /// The refresh token's family or secret does not match the session.
    RefreshSecret = "refresh_secret",
    /// The refresh token was used before, too long ago to be a second tab.
    RefreshReused = "refresh_reused",
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
