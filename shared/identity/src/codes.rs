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

/// The account has a second factor, and the password alone is not enough.
pub const SECOND_FACTOR_REQUIRED: Code =
    Code::new(401, "second_factor_required", "The account has a second factor: give a code.").with_member(
        "challenge",
        "the challenge for `POST /v1/auth/token/second-factor`, good for 5 minutes. Sign-in alone has one.",
    );
/// The challenge of a sign-in is not valid.
pub const CHALLENGE_INVALID: Code =
    Code::new(401, "challenge_invalid", "The challenge is not valid any more: sign in again.");
/// The account has an authenticator app already.
pub const FACTOR_EXISTS: Code = Code::new(409, "factor_exists", "The account has an authenticator app already.");
/// The account has no second factor.
pub const NO_FACTOR: Code = Code::new(409, "no_factor", "The account has no second factor.");
/// The account has passkeys, so it keeps its authenticator app.
pub const PASSKEYS_EXIST: Code =
    Code::new(409, "passkeys_exist", "The account has passkeys: remove them before the authenticator app.");
/// The account has as many passkeys as it can have.
pub const TOO_MANY_FACTORS: Code =
    Code::new(409, "too_many_factors", "The account has nine passkeys already: remove one first.");
/// This stack has no passkeys.
pub const PASSKEYS_OFF: Code = Code::new(404, "passkeys_off", "There are no passkeys here: sign in with a password.");
/// The account's email is not verified.
pub const EMAIL_NOT_VERIFIED: Code = Code::new(409, "email_not_verified", "Verify your email first.");

/// All codes of identity.
pub const CODES: &[Code] = &[
    CREDENTIALS_INVALID,
    USERNAME_TAKEN,
    EMAIL_TAKEN,
    OWN_ACCOUNT,
    SUPERUSER_ACCOUNT,
    SIGN_UP_CLOSED,
    SECOND_FACTOR_REQUIRED,
    CHALLENGE_INVALID,
    FACTOR_EXISTS,
    NO_FACTOR,
    EMAIL_NOT_VERIFIED,
    PASSKEYS_EXIST,
    TOO_MANY_FACTORS,
    PASSKEYS_OFF,
];

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
            Error::SecondFactorRequired(challenge) => {
                let row = SECOND_FACTOR_REQUIRED.row();
                challenge.clone().map_or(row.clone(), |challenge| row.member(challenge))
            }
            Error::ChallengeInvalid => CHALLENGE_INVALID.logged("sign_in_failed", "challenge"),
            Error::CodeWrong { field } => codes::VALIDATION_FAILED.row().errors(invalid(*field, "is wrong")),
            Error::PasskeyInvalid { field } => codes::VALIDATION_FAILED.row().errors(invalid(*field, "is not valid")),
            Error::PasskeysOff => PASSKEYS_OFF.row(),
            Error::PasskeysExist => PASSKEYS_EXIST.row(),
            Error::TooManyFactors => TOO_MANY_FACTORS.row(),
            Error::FactorExists => FACTOR_EXISTS.row(),
            Error::NoFactor => NO_FACTOR.row(),
            Error::EmailUnverified => EMAIL_NOT_VERIFIED.row(),
            Error::SealingKeysUnavailable(_) | Error::SealingKeysUnconfirmed(_) => {
                codes::UNAVAILABLE.logged("unavailable", "sealing_key")
            }
            Error::SeedUnavailable(_) | Error::SeedUnconfirmed(_) => codes::UNAVAILABLE.logged("unavailable", "seed"),
        }
    }

    fn is_unconfirmed(&self) -> bool {
        Error::is_unconfirmed(self)
    }
}
