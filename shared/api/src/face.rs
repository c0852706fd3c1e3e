use auth::Error as AuthError;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use store::Error as StoreError;

use crate::answer::Answer;
use crate::error::{Error, FieldError};

/// What clients see of errors.
impl Error {
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
