use std::error::Error as StdError;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};

use crate::db::Item;

/// This crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// DynamoDB is away or slow: it may work later.
    #[error("DynamoDB is not available: {0}")]
    Unavailable(String),
    /// DynamoDB takes no more calls for the moment.
    #[error("DynamoDB throttles: {0}")]
    Throttled(String),
    /// DynamoDB refused the call, which no retry will mend: a missing grant, a missing table, a bad request.
    #[error("DynamoDB refused the call: {0}")]
    Refused(String),
    /// A stored item is not what it should be.
    #[error("an item in `{table}` has no usable `{attribute}`")]
    Corrupt {
        /// The table, without its prefix.
        table: &'static str,
        /// The attribute.
        attribute: &'static str,
    },
    /// The username belongs to somebody already.
    #[error("the username is taken")]
    UsernameTaken,
    /// The email belongs to somebody already.
    #[error("the email is taken")]
    EmailTaken,
    /// Superusers don't change their own access: there would be nobody to undo it.
    #[error("the account is the caller's own")]
    OwnAccount,
    /// A superuser's account can't be erased.
    #[error("the account is a superuser's")]
    SuperuserAccount,
    /// Whoever acts is no active superuser any more.
    #[error("the caller is not a superuser any more")]
    ActorDemoted,
    /// The cursor was not made for this list.
    #[error("the cursor does not belong to this list")]
    Cursor,
    /// The signing key was revoked and must not be used any more.
    #[error("the signing key was revoked: overwrite the seed")]
    KeyRevoked,
    /// The source of randomness failed.
    #[error(transparent)]
    Entropy(#[from] auth::EntropyFailed),
}

/// An error of the AWS SDK and all its causes in one line, without the dump of the response that its own display adds.
pub fn describe<E: ProvideErrorMetadata + StdError + 'static>(error: &SdkError<E>) -> String {
    if let SdkError::ServiceError(service) = error {
        let (code, message) = (service.err().code(), service.err().message());
        return format!("{}: {}", code.unwrap_or("unknown error"), message.unwrap_or("no message"));
    }
    causes(error)
}

/// An error and all its causes in one line.
pub fn causes(error: &(dyn StdError + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// What a conditional update came to; if its condition did not hold, the item that forbade it, where the update asked
/// for that.
pub(crate) fn conditional(
    done: Result<UpdateItemOutput, SdkError<UpdateItemError>>,
) -> Result<Result<UpdateItemOutput, Option<Item>>> {
    match done {
        Ok(output) => Ok(Ok(output)),
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(failed)) => Ok(Err(failed.item().cloned())),
            _ => Err(error.into()),
        },
    }
}

/// Service errors that pass by themselves.
const PASSING: [&str; 6] = [
    "InternalServerError",
    "InternalServerException",
    "LimitExceededException",
    "ServiceUnavailable",
    "TransactionConflictException",
    "TransactionInProgressException",
];

/// Service errors that say that a table or the account takes no more.
const THROTTLING: [&str; 3] = ["ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException"];

impl<E: ProvideErrorMetadata + StdError + Send + Sync + 'static> From<SdkError<E>> for Error {
    fn from(error: SdkError<E>) -> Self {
        let text = describe(&error);
        match &error {
            SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => {
                Error::Unavailable(text)
            }
            SdkError::ServiceError(service) => match service.err().code().unwrap_or_default() {
                code if THROTTLING.contains(&code) => Error::Throttled(text),
                code if PASSING.contains(&code) || service.raw().status().is_server_error() => Error::Unavailable(text),
                _ => Error::Refused(text),
            },
            _ => Error::Refused(text),
        }
    }
}
