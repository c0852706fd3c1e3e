//! The events of the framework. `docs/events.md` lists all events.

use std::path::Path;

use auth::Principal;
use http::StatusCode;

use crate::context::Context;
use crate::error::{Error, ErrorRow, Result};
use crate::request::ClientAddress;

/// The names of the framework's events. A domain declares its own.
pub const FRAMEWORK_EVENTS: &[&str] = &[
    "audit_read",
    "failed",
    "item_unreadable",
    "job",
    "job_not_hurried",
    "limit_not_given_back",
    "limiter_failed_open",
    "panic",
    "rate_limited",
    "reauthentication_required",
    "request",
    "role_refused",
    "start_incomplete",
    "token_refused",
    "unavailable",
];

/// Logs the one line of every request.
pub(crate) fn log_request(
    context: &Context,
    status: StatusCode,
    reason: &str,
    caller: Option<Principal>,
    took_ms: i64,
) {
    let (status, (user, agent)) = (status.as_u16(), ids(caller));
    let cold_start = context.is_first_request().then_some(true);
    tracing::info!(event = "request", status, reason, user, agent, duration_ms = took_ms, cold_start);
}

/// Logs the event of a refused or failed request. A mistake in the input has no event besides the request's line.
pub(crate) fn log_failure(row: &ErrorRow, cause: &str, address: ClientAddress, caller: Option<Principal>) {
    let Some((event, reason)) = row.log else { return };
    let (code, (user, agent)) = (row.code.as_str(), ids(caller));
    if row.code.status().is_server_error() {
        tracing::error!(event, reason, code, cause, %address, user, agent);
    } else {
        tracing::warn!(event, reason, code, retry_after = row.retry_after, %address, user, agent);
    }
}

/// The id of a user, or of a service key.
fn ids(caller: Option<Principal>) -> (Option<String>, Option<String>) {
    match caller {
        Some(Principal::User(id)) => (Some(id.to_string()), None),
        Some(Principal::Agent(id)) => (None, Some(id.to_string())),
        None => (None, None),
    }
}

/// Logs that a limit could not be checked and let the call pass.
pub(crate) fn log_open_limiter(error: &Error, limit: &str) {
    let reason = error.row().reason();
    tracing::error!(event = "limiter_failed_open", reason, limit, cause = %error);
}

/// Logs a finished job, or a failed job that will be tried again.
pub(crate) fn log_job(job: &str, done: Result<&str, &Error>) {
    match done {
        Ok(status @ ("ok" | "continued")) => tracing::info!(event = "job", job, status),
        Ok(status) => tracing::warn!(event = "job", job, status),
        Err(cause) => {
            let reason = cause.row().log.map(|(_, reason)| reason);
            tracing::error!(event = "job", job, status = "failed", reason, %cause);
        }
    }
}

/// Logs a message that is not a job. The text of the JSON error is left out, because it quotes the message, and jobs
/// contain emails.
pub(crate) fn log_unreadable_job(error: &serde_json::Error, file: Option<&Path>) {
    let (file, cause) = (file.map(|file| file.display().to_string()), position_in(error));
    tracing::error!(event = "job", status = "unreadable", file, cause);
}

/// The kind and the position of a JSON error, without quoting the text.
pub(crate) fn position_in(error: &serde_json::Error) -> String {
    format!("{:?} error in line {}, column {}", error.classify(), error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_is_no_job_is_not_quoted() {
        let error = serde_json::from_str::<u8>(r#""ada@example.com""#).unwrap_err();
        assert!(error.to_string().contains("ada@"), "{error}");
        assert_eq!(position_in(&error), "Data error in line 1, column 17");
    }
}
