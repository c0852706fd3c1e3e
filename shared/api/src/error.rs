use auth::{EntropyFailed, Error as AuthError};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use store::Error as StoreError;

use crate::answer::Answer;
use crate::limit::By;

/// This crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What is wrong with one member of the body, the path or the query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Its name; empty for the body as a whole.
    pub field: String,
    /// What is wrong, completing "this field …".
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

    /// Status and stable code.
    pub fn face(&self) -> (StatusCode, &'static str) {
        match self {
            Error::Auth(error) => auth_face(error),
            Error::Store(error) => store_face(error),
            Error::CredentialsInvalid(_) => (StatusCode::UNAUTHORIZED, "credentials_invalid"),
            Error::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            Error::Malformed(_) => (StatusCode::BAD_REQUEST, "malformed_request"),
            Error::NotJson => (StatusCode::BAD_REQUEST, "not_json"),
            Error::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
            Error::MediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type_unsupported"),
            Error::Invalid(_) | Error::PasswordWrong { .. } | Error::MailTokenInvalid => {
                (StatusCode::UNPROCESSABLE_ENTITY, "validation_failed")
            }
            Error::RateLimited { .. } => (StatusCode::TOO_MANY_REQUESTS, "rate_limited"),
            Error::LimiterUnavailable(_) | Error::QueueUnavailable(_) | Error::SeedUnavailable(_) | Error::Deadline => {
                UNAVAILABLE
            }
            Error::Internal(_) | Error::Setting { .. } | Error::Unreachable { .. } => INTERNAL,
        }
    }

    fn detail(&self) -> String {
        match self {
            Error::Auth(AuthError::TokenInvalid(_)) => "The token is not valid.".to_owned(),
            Error::Auth(AuthError::TokenMissing) => "A bearer token is required.".to_owned(),
            Error::Auth(AuthError::TokenExpired) => "The token has expired.".to_owned(),
            Error::Auth(AuthError::StaffRequired) => "Only staff may do this.".to_owned(),
            Error::Auth(AuthError::SuperuserRequired) | Error::Store(StoreError::ActorDemoted) => {
                "Only superusers may do this.".to_owned()
            }
            Error::CredentialsInvalid(_) => "No active account has these credentials.".to_owned(),
            Error::Store(StoreError::UsernameTaken) => "The username is taken.".to_owned(),
            Error::Store(StoreError::EmailTaken) => "The email is taken.".to_owned(),
            Error::Store(StoreError::OwnAccount) => "Nobody changes their own access.".to_owned(),
            Error::Store(StoreError::SuperuserAccount) => "A superuser's account can't be erased.".to_owned(),
            Error::NotFound => "There is no such resource.".to_owned(),
            Error::Malformed(what) => format!("The request can't be read: {what}."),
            Error::NotJson => "The body is not JSON.".to_owned(),
            Error::TooLarge => "The body must be at most 64 KiB.".to_owned(),
            Error::MediaType => "The body must be application/json.".to_owned(),
            _ if self.face().0 == StatusCode::UNPROCESSABLE_ENTITY => "The input is not valid.".to_owned(),
            Error::RateLimited { retry_after, .. } => format!("Too many requests: try again in {retry_after} s."),
            _ if self.face().0 == StatusCode::SERVICE_UNAVAILABLE => "Try again in a moment.".to_owned(),
            _ => "Something went wrong on our side.".to_owned(),
        }
    }

    fn fields(&self) -> Option<Vec<FieldError>> {
        match self {
            Error::Invalid(errors) => Some(errors.clone()),
            Error::Store(StoreError::Cursor) => Some(vec![FieldError::new("cursor", "is not a cursor of this list")]),
            Error::PasswordWrong { field } => Some(vec![FieldError::new(*field, "is not right")]),
            Error::MailTokenInvalid => Some(vec![FieldError::new("token", "is not valid, or not any more")]),
            _ => None,
        }
    }

    /// The answer that the client gets: RFC 9457, with the headers of RFC 6750 and RFC 9110.
    pub fn problem(&self, request_id: &str, missing_token: StatusCode) -> Answer {
        let (mut status, code) = self.face();
        if matches!(self, Error::Auth(AuthError::TokenMissing)) {
            status = missing_token;
        }
        let problem = Problem {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail: self.detail(),
            code,
            request_id,
            errors: self.fields(),
        };
        let mut answer = Answer::json(status, &problem);
        answer.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        self.add_headers(status, &mut answer.headers);
        answer
    }

    fn add_headers(&self, status: StatusCode, headers: &mut HeaderMap) {
        let challenge = match self {
            Error::Auth(AuthError::TokenInvalid(_)) => {
                r#"Bearer error="invalid_token", error_description="The token is not valid""#
            }
            Error::Auth(AuthError::TokenExpired) => {
                r#"Bearer error="invalid_token", error_description="The token has expired""#
            }
            _ => "Bearer",
        };
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        match (self, status) {
            (Error::RateLimited { retry_after, .. }, _) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(*retry_after));
            }
            (_, StatusCode::SERVICE_UNAVAILABLE) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
    }
}

const UNAVAILABLE: (StatusCode, &str) = (StatusCode::SERVICE_UNAVAILABLE, "unavailable");
const INTERNAL: (StatusCode, &str) = (StatusCode::INTERNAL_SERVER_ERROR, "internal");

fn auth_face(error: &AuthError) -> (StatusCode, &'static str) {
    match error {
        AuthError::TokenMissing => (StatusCode::FORBIDDEN, "token_missing"),
        AuthError::TokenInvalid(_) => (StatusCode::UNAUTHORIZED, "token_invalid"),
        AuthError::TokenExpired => (StatusCode::UNAUTHORIZED, "token_expired"),
        AuthError::StaffRequired => (StatusCode::FORBIDDEN, "staff_required"),
        AuthError::SuperuserRequired => (StatusCode::FORBIDDEN, "superuser_required"),
        AuthError::Unavailable(_) => UNAVAILABLE,
        AuthError::Seed(_)
        | AuthError::Password(_)
        | AuthError::PasswordHash(_)
        | AuthError::Signing(_)
        | AuthError::Entropy(_) => INTERNAL,
    }
}

fn store_face(error: &StoreError) -> (StatusCode, &'static str) {
    match error {
        StoreError::Unavailable(_) | StoreError::Throttled(_) | StoreError::KeyRevoked => UNAVAILABLE,
        StoreError::UsernameTaken => (StatusCode::CONFLICT, "username_taken"),
        StoreError::EmailTaken => (StatusCode::CONFLICT, "email_taken"),
        StoreError::OwnAccount => (StatusCode::CONFLICT, "own_account"),
        StoreError::SuperuserAccount => (StatusCode::CONFLICT, "superuser_account"),
        StoreError::ActorDemoted => (StatusCode::FORBIDDEN, "superuser_required"),
        StoreError::Cursor => (StatusCode::UNPROCESSABLE_ENTITY, "validation_failed"),
        StoreError::Refused(_) | StoreError::Corrupt { .. } | StoreError::Entropy(_) => INTERNAL,
    }
}

#[derive(Serialize)]
struct Problem<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    code: &'static str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<FieldError>>,
}
