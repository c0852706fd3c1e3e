//! What the log calls refused and failed requests. `docs/events.md` has a row for each.

use auth::{Error as Auth, Reason};
use store::Error as Store;

use crate::error::Error;

/// Events that refuse a request. The other two, `unavailable` and `failed`, are ours to mend.
pub(crate) const REFUSALS: [&str; 7] = [
    "mail_token_refused",
    "password_refused",
    "rate_limited",
    "refresh_reused",
    "role_refused",
    "sign_in_failed",
    "token_refused",
];

/// Event and reason of a refused or failed request; `None` when only its input is wrong.
pub fn refusal(error: &Error) -> Option<(&'static str, &'static str)> {
    Some(match error {
        Error::Auth(error) => return of_auth(error),
        Error::Store(error) => return of_store(error),
        Error::CredentialsInvalid(failure) => ("sign_in_failed", failure.as_str()),
        Error::PasswordWrong { .. } => ("password_refused", "current_password"),
        Error::MailTokenInvalid => ("mail_token_refused", "mail_token"),
        Error::RateLimited { by, .. } => ("rate_limited", by.as_str()),
        Error::LimiterUnavailable(Store::Throttled(_)) => ("unavailable", "database_throttled"),
        Error::LimiterUnavailable(_) => ("unavailable", "limiter"),
        Error::QueueUnavailable(_) => ("unavailable", "queue"),
        Error::SeedUnavailable(_) => ("unavailable", "seed"),
        Error::Deadline => ("unavailable", "deadline"),
        Error::Internal(_) | Error::Setting { .. } | Error::Unreachable { .. } => ("failed", "internal"),
        Error::NotFound
        | Error::Malformed(_)
        | Error::NotJson
        | Error::TooLarge
        | Error::MediaType
        | Error::Invalid(_) => return None,
    })
}

fn of_auth(error: &Auth) -> Option<(&'static str, &'static str)> {
    Some(match error {
        Auth::TokenMissing => ("token_refused", "missing"),
        Auth::TokenExpired => ("token_refused", "expired"),
        Auth::TokenInvalid(reason @ Reason::RefreshReused) => ("refresh_reused", reason.as_str()),
        Auth::TokenInvalid(reason) => ("token_refused", reason.as_str()),
        Auth::StaffRequired => ("role_refused", "staff_required"),
        Auth::SuperuserRequired => ("role_refused", "superuser_required"),
        Auth::Unavailable(_) => ("unavailable", "database"),
        Auth::Seed(_) | Auth::Password(_) | Auth::PasswordHash(_) | Auth::Signing(_) | Auth::Entropy(_) => {
            ("failed", "internal")
        }
    })
}

fn of_store(error: &Store) -> Option<(&'static str, &'static str)> {
    Some(match error {
        Store::Unavailable(_) => ("unavailable", "database"),
        Store::Throttled(_) => ("unavailable", "database_throttled"),
        Store::KeyRevoked => ("unavailable", "key_revoked"),
        Store::Refused(_) => ("failed", "database_refused"),
        Store::Corrupt { .. } => ("failed", "corrupt_item"),
        Store::Entropy(_) => ("failed", "internal"),
        Store::ActorDemoted => ("role_refused", "demoted_meanwhile"),
        Store::UsernameTaken | Store::EmailTaken | Store::OwnAccount | Store::SuperuserAccount | Store::Cursor => {
            return None;
        }
    })
}
