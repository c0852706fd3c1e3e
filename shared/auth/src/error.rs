use std::error::Error as StdError;

use crate::entropy::EntropyFailed;

/// What went wrong inside a source of keys or accounts.
pub type SourceError = Box<dyn StdError + Send + Sync>;

/// This crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No bearer token was given.
    #[error("no bearer token was given")]
    TokenMissing,
    /// A token was given and is not good. The reason is for the log, not for the client.
    #[error("the token is not valid: {0}")]
    TokenInvalid(Reason),
    /// The token was good and is past its `exp`.
    #[error("the token has expired")]
    TokenExpired,
    /// The caller is not staff.
    #[error("staff access is required")]
    StaffRequired,
    /// The caller is not a superuser.
    #[error("superuser access is required")]
    SuperuserRequired,
    /// A source of keys or accounts could not be asked: this says nothing about the caller.
    #[error("could not ask for keys or accounts: {0}")]
    Unavailable(#[source] SourceError),
    /// The signing seed is not 64 hexadecimal characters.
    #[error("the signing seed is {0}")]
    Seed(&'static str),
    /// The password can't be accepted as a new one.
    #[error("the password {0}")]
    Password(&'static str),
    /// A stored password hash could not be read or made.
    #[error("the password hash can't be used: {0}")]
    PasswordHash(String),
    /// Signing failed.
    #[error("the token could not be signed: {0}")]
    Signing(String),
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
        /// Why a token was refused: for the log only, every one of them answers alike.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Reason {
            $($(#[$doc])+ $name,)+
        }

        impl Reason {
            /// All of them.
            pub const ALL: &[Reason] = &[$(Reason::$name,)+];

            /// Its name in the log.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Reason::$name => $text,)+
                }
            }
        }
    };
}

reasons! {
    /// Not one compact JWT, or a part of it is not what it should be.
    Malformed = "malformed",
    /// The header's `alg` is not EdDSA.
    Algorithm = "algorithm",
    /// The header's `typ` is not `at+jwt` (RFC 9068).
    Type = "type",
    /// The header has `crit`, and no extension is understood here (RFC 7515, 4.1.11).
    CriticalExtension = "critical_extension",
    /// No `kid`, one that can't be a key id, or one that is not published.
    UnknownKey = "unknown_key",
    /// The key was revoked.
    RevokedKey = "revoked_key",
    /// The signature does not fit.
    Signature = "signature",
    /// Another issuer.
    Issuer = "issuer",
    /// Not for this API.
    Audience = "audience",
    /// `nbf` lies in the future.
    NotYetValid = "not_yet_valid",
    /// `iat` lies in the future.
    IssuedInFuture = "issued_in_future",
    /// It would live longer than any token that is issued here.
    Lifetime = "lifetime",
    /// The user does not exist.
    UserUnknown = "user_unknown",
    /// The user is not active.
    UserInactive = "user_inactive",
    /// The session does not exist, is another user's, or has expired.
    SessionUnknown = "session_unknown",
    /// The session was revoked.
    SessionRevoked = "session_revoked",
    /// The session is of an older epoch than its user.
    SessionEpoch = "session_epoch",
    /// The refresh token's family or secret is not the session's.
    RefreshSecret = "refresh_secret",
    /// The refresh token was used before, too long ago for a second tab.
    RefreshReused = "refresh_reused",
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
