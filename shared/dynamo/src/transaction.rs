use auth::OsEntropy;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{CancellationReason, TransactWriteItem};

use crate::attempts::Attempts;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::pause::after_conflict;

#[cfg(test)]
mod tests;

/// Temporary reasons for a cancelled transaction.
const PASSING: [&str; 4] = ["None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];

/// One part of a transaction. Made by a table's client.
#[derive(Clone, Debug)]
pub struct TransactionPart(pub(crate) TransactWriteItem);

/// The parts of a transaction with failed conditions, by position.
#[derive(Clone, Debug)]
pub struct FailedConditions(Vec<bool>);

impl FailedConditions {
    /// The condition of the part at this position failed.
    pub fn at(position: usize) -> Self {
        Self((0..=position).map(|part| part == position).collect())
    }

    /// Whether the condition of the part at this position failed.
    pub fn part(&self, position: usize) -> bool {
        self.0.get(position).copied().unwrap_or_default()
    }
}

impl Db {
    /// Applies all parts or none. Returns the failed conditions, if any.
    ///
    /// # Errors
    /// [`Error::Conflict`] when conflicts with other transactions persist, for 1.5 s on average, or when DynamoDB does not
    /// answer.
    pub async fn transact(&self, parts: Vec<TransactionPart>) -> Result<Result<(), FailedConditions>> {
        let parts: Vec<TransactWriteItem> = parts.into_iter().map(|TransactionPart(part)| part).collect();
        let mut throttled = false;
        // All tries have one token, so DynamoDB makes the transaction at most once, even if a try arrives late.
        let token = auth::hex(&auth::random::<16>(&OsEntropy)?);
        let attempts = Attempts::default();
        for tried in 1.. {
            let transaction = self.client.transact_write_items().set_transact_items(Some(parts.clone()));
            let transaction = transaction.client_request_token(&token).customize().interceptor(attempts.clone());
            let Err(error) = transaction.send().await else { return Ok(Ok(())) };
            match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    if let Some(failed) = failed_conditions(cancelled.cancellation_reasons())? {
                        return Ok(Err(failed));
                    }
                    throttled = cancelled.cancellation_reasons().iter().any(|reason| is_throttling(reason.code()));
                }
                _ => return Err(attempts.error(error)),
            }
            let Some(pause) = after_conflict(tried)? else { break };
            tokio::time::sleep(pause).await;
        }
        Err(match throttled {
            _ if attempts.any_lost() => Error::Unconfirmed("a transaction kept being cancelled".to_owned()),
            true => Error::Throttled("parts of a transaction were refused".to_owned()),
            false => Error::Conflict("a transaction kept being cancelled".to_owned()),
        })
    }
}

fn is_throttling(code: Option<&str>) -> bool {
    matches!(code, Some("ThrottlingError" | "ProvisionedThroughputExceeded"))
}

/// The conditions that failed. `None` if a retry may help.
fn failed_conditions(reasons: &[CancellationReason]) -> Result<Option<FailedConditions>> {
    let codes: Vec<&str> = reasons.iter().map(|reason| reason.code().unwrap_or("None")).collect();
    let failed: Vec<bool> = codes.iter().map(|code| *code == "ConditionalCheckFailed").collect();
    if failed.contains(&true) {
        return Ok(Some(FailedConditions(failed)));
    }
    let all_pass = codes.iter().all(|code| PASSING.contains(code));
    all_pass.then_some(None).ok_or_else(|| Error::Refused(format!("transaction cancelled: {codes:?}")))
}
