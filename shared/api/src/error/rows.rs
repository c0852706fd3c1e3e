//! The table of errors: the codes with status and sentence, and one arm for each error with its code, its reason for the
//! log, and its headers.

use auth::{Error as Auth, StepUp};
use dynamo::Error as Dynamo;
use http::header;

use super::code::Code;
use super::error::Error;
use super::row::{ErrorRow, FieldError};

/// The codes of the framework. A domain declares its own in the same way, with [`Code::new`].
pub mod codes {
    use super::Code;

    macro_rules! codes {
        ($($name:ident = $status:literal $text:literal $sentence:literal;)+) => {
            $(#[doc = $sentence] pub const $name: Code = Code::new($status, $text, $sentence);)+

            /// All codes of the framework.
            pub const ALL: &[Code] = &[$($name,)+];
        };
    }

    codes! {
        MALFORMED_REQUEST = 400 "malformed_request" "The request can't be read.";
        NOT_JSON = 400 "not_json" "The body is not JSON.";
        TOKEN_INVALID = 401 "token_invalid" "The token is not valid.";
        TOKEN_EXPIRED = 401 "token_expired" "The token has expired.";
        REAUTHENTICATION_REQUIRED = 401 "reauthentication_required" "Authenticate again, then repeat the call with the new token.";
        TOKEN_MISSING = 403 "token_missing" "A bearer token is required.";
        STAFF_REQUIRED = 403 "staff_required" "Only staff may do this.";
        SUPERUSER_REQUIRED = 403 "superuser_required" "Only superusers may do this.";
        USER_REQUIRED = 403 "user_required" "Only users may do this, not service keys.";
        SCOPE_REQUIRED = 403 "scope_required" "Only service keys with another scope may do this.";
        NOT_FOUND = 404 "not_found" "There is no such resource.";
        ALREADY_DONE = 409 "already_done" "An earlier request with this Idempotency-Key was made, and its response is too large to be repeated: `Location` has its resource.";
        REQUEST_IN_PROGRESS = 409 "request_in_progress" "Another request with this Idempotency-Key is still being made.";
        PRECONDITION_FAILED = 412 "precondition_failed" "The resource has changed: read it again.";
        BODY_TOO_LARGE = 413 "body_too_large" "The body must be at most 64 KiB.";
        MEDIA_TYPE_UNSUPPORTED = 415 "media_type_unsupported" "The body must be application/json in UTF-8, and not compressed.";
        IDEMPOTENCY_KEY_REUSED = 422 "idempotency_key_reused" "This Idempotency-Key belongs to another request: choose a new one.";
        VALIDATION_FAILED = 422 "validation_failed" "The input is not valid.";
        RATE_LIMITED = 429 "rate_limited" "Too many requests.";
        INTERNAL = 500 "internal" "Internal server error.";
        UNAVAILABLE = 503 "unavailable" "Try again in a moment.";
    }
}

impl Error {
    /// The error's row.
    pub fn row(&self) -> ErrorRow {
        match self {
            Error::Auth(error) => error.into(),
            Error::Database(error) => error.into(),
            Error::Domain(error) => error.row(),
            Error::NotFound => codes::NOT_FOUND.row(),
            Error::Malformed(what) => {
                codes::MALFORMED_REQUEST.row().detail(format!("The request can't be read: {what}."))
            }
            Error::NotJson => codes::NOT_JSON.row(),
            Error::TooLarge => codes::BODY_TOO_LARGE.row(),
            Error::MediaType => codes::MEDIA_TYPE_UNSUPPORTED.row(),
            Error::ContentCoding => codes::MEDIA_TYPE_UNSUPPORTED
                .row()
                .detail("The body must not be compressed.")
                .header(header::ACCEPT_ENCODING, "identity"),
            Error::Charset => codes::MEDIA_TYPE_UNSUPPORTED.row().detail("The charset of the body must be utf-8."),
            Error::Invalid(errors) => codes::VALIDATION_FAILED.row().errors(errors.clone()),
            Error::PreconditionFailed => codes::PRECONDITION_FAILED.row(),
            Error::IdempotencyKeyReused => {
                let error = FieldError::new("Idempotency-Key", "belongs to another request");
                codes::IDEMPOTENCY_KEY_REUSED.row().errors(vec![error])
            }
            Error::AlreadyDone { location } => codes::ALREADY_DONE.row().header(header::LOCATION, location),
            Error::RequestInProgress => codes::REQUEST_IN_PROGRESS.row().retry_after(1),
            Error::RateLimited { by, retry_after } => codes::RATE_LIMITED
                .logged("rate_limited", by)
                .detail(format!("Too many requests: try again in {retry_after} s."))
                .retry_after(*retry_after),
            Error::QueueUnavailable(_) => codes::UNAVAILABLE.logged("unavailable", "queue"),
            Error::LimiterUnavailable(Dynamo::Throttled(_)) => {
                codes::UNAVAILABLE.logged("unavailable", "database_throttled")
            }
            Error::LimiterUnavailable(_) => codes::UNAVAILABLE.logged("unavailable", "limiter"),
            Error::Deadline => codes::UNAVAILABLE.logged("unavailable", "deadline"),
            Error::Internal(_) | Error::Setting { .. } | Error::Unreachable { .. } => {
                codes::INTERNAL.logged("failed", "internal")
            }
        }
    }
}

impl From<&Auth> for ErrorRow {
    fn from(error: &Auth) -> Self {
        const INVALID: &str = r#"Bearer error="invalid_token", error_description="The token is not valid""#;
        const EXPIRED: &str = r#"Bearer error="invalid_token", error_description="The token has expired""#;
        match error {
            Auth::TokenMissing => codes::TOKEN_MISSING.logged("token_refused", "missing"),
            Auth::TokenExpired => codes::TOKEN_EXPIRED.logged("token_refused", "expired").challenge(EXPIRED),
            Auth::TokenInvalid(reason) => {
                codes::TOKEN_INVALID.logged("token_refused", reason.as_str()).challenge(INVALID)
            }
            Auth::StaffRequired => codes::STAFF_REQUIRED.logged("role_refused", "staff_required"),
            Auth::SuperuserRequired => codes::SUPERUSER_REQUIRED.logged("role_refused", "superuser_required"),
            Auth::UserRequired => codes::USER_REQUIRED.logged("role_refused", "user_required"),
            Auth::ScopeRequired => codes::SCOPE_REQUIRED.logged("role_refused", "scope_required"),
            Auth::ReauthenticationRequired(lacks) => step_up_row(*lacks),
            Auth::Unavailable(_) => codes::UNAVAILABLE.logged("unavailable", "database"),
            Auth::SealingKeyMissing(_) => codes::UNAVAILABLE.logged("unavailable", "sealing_key"),
            Auth::Seed(_)
            | Auth::SealingKeys(_)
            | Auth::Unsealable
            | Auth::Password(_)
            | Auth::PasswordHash(_)
            | Auth::Signing(_)
            | Auth::Entropy(_) => codes::INTERNAL.logged("failed", "internal"),
        }
    }
}

/// The challenges of RFC 9470, section 3. `max_age` is [`auth::RECENT_SECONDS`].
fn step_up_row(lacks: StepUp) -> ErrorRow {
    const RECENT: &str = r#"Bearer error="insufficient_user_authentication", error_description="A recent authentication is required", max_age=300"#;
    const FACTOR: &str = r#"Bearer error="insufficient_user_authentication", error_description="A second factor is required", acr_values="mfa""#;
    const BOTH: &str = r#"Bearer error="insufficient_user_authentication", error_description="A recent authentication with a second factor is required", max_age=300, acr_values="mfa""#;
    let (reason, challenge) = match (lacks.recent, lacks.factor) {
        (true, true) => ("not_recent", BOTH),
        (false, true) => ("without_factor", FACTOR),
        (_, false) => ("not_recent", RECENT),
    };
    codes::REAUTHENTICATION_REQUIRED.logged("reauthentication_required", reason).challenge(challenge)
}

impl From<&Dynamo> for ErrorRow {
    fn from(error: &Dynamo) -> Self {
        match error {
            Dynamo::Unavailable(_) | Dynamo::Conflict(_) | Dynamo::Unconfirmed(_) => {
                codes::UNAVAILABLE.logged("unavailable", "database")
            }
            Dynamo::Throttled(_) => codes::UNAVAILABLE.logged("unavailable", "database_throttled"),
            Dynamo::Refused(_) => codes::INTERNAL.logged("failed", "database_refused"),
            Dynamo::Corrupt { .. } => codes::INTERNAL.logged("failed", "corrupt_item"),
            Dynamo::Entropy(_) => codes::INTERNAL.logged("failed", "internal"),
            Dynamo::Cursor => {
                let error = FieldError::new("cursor", "is not a cursor of this list");
                codes::VALIDATION_FAILED.row().errors(vec![error])
            }
        }
    }
}
