use auth::{EntropyFailed, Error as AuthError};
use schemars::JsonSchema;
use serde::Serialize;
use store::Error as StoreError;

use crate::limit::By;

/// This crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What is wrong with one member of the body, the path or the query.
#[derive(Clone, Debug, JsonSchema, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Its name; empty for the body as a whole.
    #[schemars(example = &"name")]
    pub field: String,
    /// What is wrong, completing "this field …".
    #[schemars(example = &"is required")]
    pub message: String,
}

impl FieldError {
    /// `message` about `field`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// Why a sign-in failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum SignInFailure {
    AccountUnknown,
    AccountInactive,
    PasswordWrong,
}

impl SignInFailure {
    /// Its name in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            SignInFailure::AccountUnknown => "account_unknown",
            SignInFailure::AccountInactive => "account_inactive",
            SignInFailure::PasswordWrong => "password_wrong",
        }
    }
}

impl std::fmt::Display for SignInFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Everything that can keep a call from its answer. The client sees [`Error::problem`]; the log sees the cause.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller is not admitted, or that could not be decided.
    #[error(transparent)]
    Auth(AuthError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Sign-in failed. Why is for the log: to the client all look alike.
    #[error("the credentials are not valid: {0}")]
    CredentialsInvalid(SignInFailure),
    /// Whoever is signed in gave a wrong password.
    #[error("the password is wrong")]
    PasswordWrong {
        /// The member where it was given.
        field: &'static str,
    },
    /// A mailed token is not, or no longer, good. Why is not said.
    #[error("the mailed token is not good")]
    MailTokenInvalid,
    /// There is no such thing.
    #[error("not found")]
    NotFound,
    /// The request can't be read at all.
    #[error("the request is malformed: {0}")]
    Malformed(&'static str),
    /// The body is not JSON.
    #[error("the body is not JSON")]
    NotJson,
    /// The body is larger than 64 KiB.
    #[error("the body is too large")]
    TooLarge,
    /// The body is not declared as `application/json`.
    #[error("the body is not declared as application/json")]
    MediaType,
    /// Well-formed, but not valid.
    #[error("the input is not valid: {0:?}")]
    Invalid(Vec<FieldError>),
    /// A limit is exceeded.
    #[error("limit by {} exceeded; {retry_after} s to wait", by.as_str())]
    RateLimited {
        /// What the limit counts by.
        by: By,
        /// Whole seconds after which the same call succeeds.
        retry_after: i64,
    },
    /// A job could not be queued.
    #[error("a job can't be queued: {0}")]
    QueueUnavailable(String),
    /// A limit that guards a credential could not be asked.
    #[error("the rate limit can't be checked: {0}")]
    LimiterUnavailable(StoreError),
    /// The signing seed can't be read at the moment.
    #[error("the signing seed can't be read: {0}")]
    SeedUnavailable(String),
    /// The request took too long.
    #[error("the request took longer than it may")]
    Deadline,
    /// A fault of ours.
    #[error("internal error: {0}")]
    Internal(String),
    /// A setting is missing or wrong: the process can't start.
    #[error("{name} {problem}")]
    Setting {
        /// The environment variable.
        name: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// DynamoDB can't be reached: the process can't start.
    #[error("DynamoDB at {endpoint} can't be reached: {cause}")]
    Unreachable {
        /// Where it should be.
        endpoint: String,
        /// What the system says.
        cause: String,
    },
}

impl From<AuthError> for Error {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Unavailable(source) => match source.downcast::<StoreError>() {
                Ok(store) => Error::Store(*store),
                Err(other) => Error::Auth(AuthError::Unavailable(other)),
            },
            other => Error::Auth(other),
        }
    }
}

impl From<EntropyFailed> for Error {
    fn from(error: EntropyFailed) -> Self {
        Error::Auth(error.into())
    }
}

impl Error {
    /// One member is not valid.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Error::Invalid(vec![FieldError::new(field, message)])
    }
}
