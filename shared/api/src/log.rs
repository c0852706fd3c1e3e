//! One JSON line per request and per security event.

use auth::UserId;
use http::StatusCode;
use tracing_subscriber::fmt::MakeWriter;

use crate::address::ClientAddress;
use crate::error::Error;

/// Sends events as JSON lines to `writer`: in Lambda standard output, from where CloudWatch takes them.
pub fn start_log<W: for<'a> MakeWriter<'a> + Send + Sync + 'static>(writer: W) {
    let lines = tracing_subscriber::fmt().json().flatten_event(true).with_current_span(true).with_span_list(false);
    // A second subscriber in one process, as in tests, is not worth failing for.
    let _ = lines.with_writer(writer).with_target(false).with_max_level(tracing::Level::INFO).try_init();
}

/// The security event of a refused or failed request.
pub(crate) fn refusal(error: &Error, address: ClientAddress, user: Option<UserId>) {
    let user = user.map(|id| id.to_string());
    let (status, code) = error.face();
    match error {
        Error::Auth(auth::Error::TokenMissing | auth::Error::TokenInvalid(_) | auth::Error::TokenExpired) => {
            tracing::warn!(event = "token_refused", code, reason = %reason(error), %address);
        }
        Error::Auth(auth::Error::StaffRequired | auth::Error::SuperuserRequired)
        | Error::Store(store::Error::ActorDemoted) => {
            tracing::warn!(event = "role_refused", code, %address, user);
        }
        Error::CredentialsInvalid => tracing::warn!(event = "sign_in_failed", code, %address),
        Error::RateLimited { retry_after } => {
            tracing::warn!(event = "rate_limited", code, retry_after, %address, user);
        }
        _ if status == StatusCode::SERVICE_UNAVAILABLE => tracing::error!(event = "unavailable", cause = %error, user),
        _ if status.is_server_error() => tracing::error!(event = "failed", cause = %error, user),
        _ => {}
    }
}

fn reason(error: &Error) -> String {
    match error {
        Error::Auth(auth::Error::TokenInvalid(reason)) => reason.to_string(),
        Error::Auth(auth::Error::TokenExpired) => "expired".to_owned(),
        _ => "missing".to_owned(),
    }
}
