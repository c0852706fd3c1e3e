use std::error::Error as StdError;

use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata, SdkError};

/// This crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure of a call to DynamoDB, or of a stored item.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// DynamoDB can't be reached or is slow. A later call may succeed.
    #[error("DynamoDB is not available: {0}")]
    Unavailable(String),
    /// DynamoDB throttles calls for the moment.
    #[error("DynamoDB throttles: {0}")]
    Throttled(String),
    /// Other writes kept getting in the way. A later call may succeed.
    #[error("other writes kept getting in the way: {0}")]
    Conflict(String),
    /// DynamoDB did not confirm a write, and may have made it.
    #[error("DynamoDB did not confirm the write: {0}")]
    Unconfirmed(String),
    /// DynamoDB refused the call, and a retry will not help: a missing grant, a missing table, a bad request.
    #[error("DynamoDB refused the call: {0}")]
    Refused(String),
    /// A stored item has a missing or wrong attribute.
    #[error("an item in `{table}` has no usable `{attribute}`")]
    Corrupt {
        /// The table, without its prefix.
        table: &'static str,
        /// The attribute.
        attribute: &'static str,
    },
    /// The cursor was not made for this list.
    #[error("the cursor does not belong to this list")]
    Cursor,
    /// The source of randomness failed.
    #[error(transparent)]
    Entropy(#[from] auth::EntropyFailed),
}

impl Error {
    /// Whether this is a failed write that DynamoDB may have made.
    pub fn is_unconfirmed(&self) -> bool {
        matches!(self, Error::Unconfirmed(_))
    }
}

/// An error of the AWS SDK with all its causes, in one line. The SDK's own text would add a dump of the response.
pub fn describe_sdk_error<E: ProvideErrorMetadata + StdError + 'static>(error: &SdkError<E>) -> String {
    if let SdkError::ServiceError(service) = error {
        let (code, message) = (service.err().code(), service.err().message());
        return format!("{}: {}", code.unwrap_or("unknown error"), message.unwrap_or("no message"));
    }
    error_chain(error)
}

/// An error and all its causes in one line.
pub fn error_chain(error: &(dyn StdError + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |&error| error.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Temporary service errors.
const PASSING: [&str; 6] = [
    "InternalServerError",
    "InternalServerException",
    "LimitExceededException",
    "ServiceUnavailable",
    "TransactionConflictException",
    "TransactionInProgressException",
];

/// Service errors for calls above the capacity of a table or of the account.
const THROTTLING: [&str; 3] = ["ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException"];

/// Errors that DynamoDB gives for good reasons, and a retry does not help.
const FINAL: [&str; 17] = [
    "AccessDeniedException",
    "ConditionalCheckFailedException",
    "ExpiredTokenException",
    "IdempotentParameterMismatchException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "ItemCollectionSizeLimitExceededException",
    "MissingAuthenticationTokenException",
    "ReplicatedWriteConflictException",
    "ResourceInUseException",
    "ResourceNotFoundException",
    "SerializationException",
    "TableNotFoundException",
    "TransactionCanceledException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "ValidationException",
];

/// Whether DynamoDB has an error with this code. Any other answer is no refusal, because something else may have
/// written or cut it.
pub(crate) fn is_understood(code: &str) -> bool {
    [&FINAL[..], &PASSING[..], &THROTTLING[..]].iter().any(|codes| codes.contains(&code))
}

impl<E: ProvideErrorMetadata + StdError + Send + Sync + 'static> From<SdkError<E>> for Error {
    fn from(error: SdkError<E>) -> Self {
        let text = describe_sdk_error(&error);
        match &error {
            SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => {
                Error::Unavailable(text)
            }
            SdkError::ServiceError(service) => match service.err().code().unwrap_or_default() {
                code if THROTTLING.contains(&code) => Error::Throttled(text),
                code if FINAL.contains(&code) && !service.raw().status().is_server_error() => Error::Refused(text),
                _ => Error::Unavailable(text),
            },
            _ => Error::Refused(text),
        }
    }
}

pub(crate) fn build_error(error: BuildError) -> Error {
    Error::Refused(error.to_string())
}
