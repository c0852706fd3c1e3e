use auth::{EntropyFailed, Error as AuthError};
use dynamo::Error as DynamoError;

use super::row::{DomainError, FieldError};

/// This crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The failures of a call. [`Error::row`] has the texts for the client and for the log. The cause is for the log alone.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller is not admitted, or the check failed.
    #[error(transparent)]
    Auth(AuthError),
    /// A failure of DynamoDB.
    #[error(transparent)]
    Database(#[from] DynamoError),
    /// An error that a domain declares.
    #[error("{0}")]
    Domain(Box<dyn DomainError>),
    /// The resource does not exist.
    #[error("not found")]
    NotFound,
    /// The request can't be read.
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
    /// The body is compressed.
    #[error("the body has a content coding")]
    ContentCoding,
    /// The body is declared with another charset than UTF-8.
    #[error("the body is not declared as UTF-8")]
    Charset,
    /// The input is well-formed, but not valid.
    #[error("the input is not valid: {0:?}")]
    Invalid(Vec<FieldError>),
    /// The resource is in another state than the client wants.
    #[error("the resource is in another state")]
    PreconditionFailed,
    /// The idempotency key belongs to another request of this caller.
    #[error("the idempotency key belongs to another request")]
    IdempotencyKeyReused,
    /// An earlier call with this idempotency key had its effect, and its response was not kept.
    #[error("an earlier call with this idempotency key made {location}")]
    AlreadyDone {
        /// The path of the new resource, from the root of the stage.
        location: String,
    },
    /// Another call with this idempotency key is still being made.
    #[error("another call with this idempotency key is being made")]
    RequestInProgress,
    /// A limit is exceeded.
    #[error("limit by {by} exceeded; {retry_after} s to wait")]
    RateLimited {
        /// The key that the limit counts by.
        by: &'static str,
        /// Whole seconds after which the same call succeeds.
        retry_after: i64,
    },
    /// A job could not be queued.
    #[error("a job can't be queued: {0}")]
    QueueUnavailable(String),
    /// A limit could not be checked.
    #[error("the rate limit can't be checked: {0}")]
    LimiterUnavailable(DynamoError),
    /// The request took too long.
    #[error("the request took longer than it may")]
    Deadline,
    /// A fault of this software.
    #[error("internal error: {0}")]
    Internal(String),
    /// A setting is missing or wrong: the process can't start.
    #[error("{name} {problem}")]
    Setting {
        /// The environment variable.
        name: &'static str,
        /// The problem with the setting.
        problem: String,
    },
    /// DynamoDB can't be reached: the process can't start.
    #[error("DynamoDB at {endpoint} can't be reached: {cause}")]
    Unreachable {
        /// DynamoDB's address.
        endpoint: String,
        /// The system's message.
        cause: String,
    },
}

impl From<AuthError> for Error {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Unavailable(source) => match source.downcast::<DynamoError>() {
                Ok(database) => Error::Database(*database),
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

impl<E: DomainError> From<E> for Error {
    fn from(error: E) -> Self {
        Error::Domain(Box::new(error))
    }
}

impl Error {
    /// Whether this is a failed write that may have been made.
    pub fn is_unconfirmed(&self) -> bool {
        match self {
            Error::Database(error) => error.is_unconfirmed(),
            Error::Domain(error) => error.is_unconfirmed(),
            _ => false,
        }
    }

    /// One field is not valid.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Error::Invalid(vec![FieldError::new(field, message)])
    }

    /// A setting is missing or wrong.
    pub fn setting(name: &'static str, problem: impl Into<String>) -> Self {
        Error::Setting { name, problem: problem.into() }
    }
}
