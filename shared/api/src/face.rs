use auth::Error as AuthError;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use schemars::JsonSchema;
use serde::Serialize;
use store::Error as StoreError;

use crate::answer::Answer;
use crate::code::Code;
use crate::error::{Error, FieldError};

/// What clients see of errors.
impl Error {
    /// Status and stable code.
    pub fn face(&self) -> (StatusCode, &'static str) {
        let code = self.code();
        (code.status(), code.as_str())
    }

    /// What it is called.
    pub fn code(&self) -> Code {
        match self {
            Error::Auth(error) => auth_code(error),
            Error::Store(error) => store_code(error),
            Error::CredentialsInvalid(_) => Code::CredentialsInvalid,
            Error::NotFound => Code::NotFound,
            Error::Malformed(_) => Code::MalformedRequest,
            Error::NotJson => Code::NotJson,
            Error::TooLarge => Code::BodyTooLarge,
            Error::MediaType => Code::MediaTypeUnsupported,
            Error::Invalid(_) | Error::PasswordWrong { .. } | Error::MailTokenInvalid => Code::ValidationFailed,
            Error::RateLimited { .. } => Code::RateLimited,
            Error::LimiterUnavailable(_) | Error::QueueUnavailable(_) | Error::SeedUnavailable(_) | Error::Deadline => {
                Code::Unavailable
            }
            Error::Internal(_) | Error::Setting { .. } | Error::Unreachable { .. } => Code::Internal,
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
            Error::Invalid(_)
            | Error::PasswordWrong { .. }
            | Error::MailTokenInvalid
            | Error::Store(StoreError::Cursor) => "The input is not valid.".to_owned(),
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

fn auth_code(error: &AuthError) -> Code {
    match error {
        AuthError::TokenMissing => Code::TokenMissing,
        AuthError::TokenInvalid(_) => Code::TokenInvalid,
        AuthError::TokenExpired => Code::TokenExpired,
        AuthError::StaffRequired => Code::StaffRequired,
        AuthError::SuperuserRequired => Code::SuperuserRequired,
        AuthError::Unavailable(_) => Code::Unavailable,
        AuthError::Seed(_)
        | AuthError::Password(_)
        | AuthError::PasswordHash(_)
        | AuthError::Signing(_)
        | AuthError::Entropy(_) => Code::Internal,
    }
}

fn store_code(error: &StoreError) -> Code {
    match error {
        StoreError::Unavailable(_) | StoreError::Throttled(_) | StoreError::KeyRevoked => Code::Unavailable,
        StoreError::UsernameTaken => Code::UsernameTaken,
        StoreError::EmailTaken => Code::EmailTaken,
        StoreError::OwnAccount => Code::OwnAccount,
        StoreError::SuperuserAccount => Code::SuperuserAccount,
        StoreError::ActorDemoted => Code::SuperuserRequired,
        StoreError::Cursor => Code::ValidationFailed,
        StoreError::Refused(_) | StoreError::Corrupt { .. } | StoreError::Entropy(_) => Code::Internal,
    }
}

/// What keeps a call from its answer (RFC 9457).
#[derive(JsonSchema, Serialize)]
pub(crate) struct Problem<'a> {
    #[schemars(extend("const" = "about:blank"))]
    r#type: &'static str,
    /// The name of the status.
    #[schemars(example = &"Unprocessable Entity")]
    title: &'static str,
    /// The status.
    #[schemars(range(min = 400, max = 599))]
    status: u16,
    /// What it is, for people.
    #[schemars(example = &"The input is not valid.")]
    detail: String,
    /// What it is, for programs: stable.
    #[schemars(example = &"validation_failed")]
    code: &'static str,
    /// The id of the request, as the log has it.
    #[schemars(example = &"JKJaXmPLvHcESHA=")]
    request_id: &'a str,
    /// With `validation_failed`: each thing that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<FieldError>")]
    errors: Option<Vec<FieldError>>,
}
