//! The errors of identity: their codes, and one row for each.

use api::{Code, DomainError, ErrorRow, FieldError, codes};

use crate::error::Error;

/// No active account has these credentials.
pub const CREDENTIALS_INVALID: Code = Code::new(401, "credentials_invalid", "No active account has these credentials.");
/// The username is taken.
pub const USERNAME_TAKEN: Code = Code::new(409, "username_taken", "The username is taken.");
/// The email is taken.
pub const EMAIL_TAKEN: Code = Code::new(409, "email_taken", "The email is taken.");
/// Superusers can't change their own access.
pub const OWN_ACCOUNT: Code = Code::new(409, "own_account", "You can't change your own access.");
/// A superuser's account can't be erased.
pub const SUPERUSER_ACCOUNT: Code = Code::new(409, "superuser_account", "A superuser's account can't be erased.");

/// Only people with an invitation can make an account.
pub const SIGN_UP_CLOSED: Code =
    Code::new(403, "sign_up_closed", "Only people with an invitation can make an account.");

/// All codes of identity.
pub const CODES: &[Code] =
    &[CREDENTIALS_INVALID, USERNAME_TAKEN, EMAIL_TAKEN, OWN_ACCOUNT, SUPERUSER_ACCOUNT, SIGN_UP_CLOSED];

impl DomainError for Error {
    fn row(&self) -> ErrorRow {
        let invalid = |field, message: &str| vec![FieldError::new(field, message)];
        match self {
            Error::Database(error) => error.into(),
            Error::Auth(error) => error.into(),
            Error::CredentialsInvalid(why) => CREDENTIALS_INVALID.logged("sign_in_failed", why.as_str()),
            Error::PasswordWrong { field } => codes::VALIDATION_FAILED
                .logged("password_refused", "current_password")
                .errors(invalid(*field, "is wrong")),
            Error::MailTokenInvalid => codes::VALIDATION_FAILED
                .logged("mail_token_refused", "mail_token")
                .errors(invalid("token", "is invalid or expired")),
            Error::UsernameTaken => USERNAME_TAKEN.row(),
            Error::EmailTaken | Error::EmailVerified | Error::EmailFree => EMAIL_TAKEN.row(),
            Error::ChangedMeanwhile => codes::UNAVAILABLE.logged("unavailable", "database"),
            Error::SignUpClosed => SIGN_UP_CLOSED.row(),
            Error::OwnAccount => OWN_ACCOUNT.row(),
            Error::SuperuserAccount => SUPERUSER_ACCOUNT.row(),
            Error::ActorDemoted => codes::SUPERUSER_REQUIRED.logged("role_refused", "demoted_meanwhile"),
            Error::KeyRevoked => codes::UNAVAILABLE.logged("unavailable", "key_revoked"),
            Error::SeedUnavailable(_) | Error::SeedUnconfirmed(_) => codes::UNAVAILABLE.logged("unavailable", "seed"),
        }
    }

    fn is_unconfirmed(&self) -> bool {
        Error::is_unconfirmed(self)
    }
}
