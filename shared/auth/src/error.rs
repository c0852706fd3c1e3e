use std::error::Error as StdError;

use crate::entropy::EntropyFailed;

/// What went wrong inside a source of keys or accounts.
pub type Source = Box<dyn StdError + Send + Sync>;

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
    Unavailable(#[source] Source),
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

/// Why a token was refused: for the log only, every one of them answers alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// Not one compact JWT, or a part of it is not what it should be.
    #[error("malformed")]
    Malformed,
    /// The header's `alg` is not EdDSA.
    #[error("algorithm")]
    Algorithm,
    /// The header's `typ` is not `at+jwt` (RFC 9068).
    #[error("type")]
    Type,
    /// The header has `crit`, and no extension is understood here (RFC 7515, 4.1.11).
    #[error("critical_extension")]
    CriticalExtension,
    /// No `kid`, one that can't be a key id, or one that is not published.
    #[error("unknown_key")]
    UnknownKey,
    /// The key was revoked.
    #[error("revoked_key")]
    RevokedKey,
    /// The signature does not fit.
    #[error("signature")]
    Signature,
    /// Another issuer.
    #[error("issuer")]
    Issuer,
    /// Not for this API.
    #[error("audience")]
    Audience,
    /// `nbf` lies in the future.
    #[error("not_yet_valid")]
    NotYetValid,
    /// `iat` lies in the future.
    #[error("issued_in_future")]
    IssuedInFuture,
    /// It would live longer than any token that is issued here.
    #[error("lifetime")]
    Lifetime,
    /// The user does not exist.
    #[error("user_unknown")]
    UserUnknown,
    /// The user is not active.
    #[error("user_inactive")]
    UserInactive,
    /// The session does not exist, is another user's, or has expired.
    #[error("session_unknown")]
    SessionUnknown,
    /// The session was revoked.
    #[error("session_revoked")]
    SessionRevoked,
    /// The session is of an older epoch than its user.
    #[error("session_epoch")]
    SessionEpoch,
    /// The refresh token's family or secret is not the session's.
    #[error("refresh_secret")]
    RefreshSecret,
    /// The refresh token was used before, too long ago for a second tab.
    #[error("refresh_reused")]
    RefreshReused,
}
