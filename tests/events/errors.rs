//! All errors, compared with the first two tables of docs/events.md.

use std::collections::BTreeSet;

use api::{Code, Error, LimitKey};
use auth::{EntropyFailed, Error as AuthError, Reason, StepUp};
use catalogue::CODES;
use dynamo::Error as DynamoError;
use identity::{Error as IdentityError, SignInFailure};

use crate::docs;

#[test]
fn every_error_is_a_refusal_or_an_input_error_and_has_its_row() {
    let (mut refusals, mut inputs, mut used) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::<Code>::new());
    for error in errors() {
        is_listed(&error);
        let row = error.row();
        let (status, code) = (row.code.status().as_u16(), row.code.as_str().to_owned());
        assert!(CODES.iter().copied().flatten().any(|known| *known == row.code), "{code} is not declared");
        used.insert(row.code);
        match row.log {
            Some((event, reason)) => _ = refusals.insert((event.to_owned(), reason.to_owned(), status, code)),
            None => _ = inputs.insert((code, status)),
        }
    }
    assert_eq!(used, CODES.iter().copied().flatten().copied().collect(), "a declared code has no error");
    let rows = docs::refusals().into_iter().map(|row| (row.event, row.reason, row.status, row.code));
    assert_eq!(rows.collect::<BTreeSet<_>>(), refusals);
    let rows = docs::input_errors().into_iter().map(|row| (row.reason, row.status));
    assert_eq!(rows.collect::<BTreeSet<_>>(), inputs);
}

/// Stops compiling when a kind of error is added. Add it to `errors` too.
fn is_listed(error: &Error) {
    match error {
        Error::Auth(
            AuthError::TokenMissing
            | AuthError::TokenInvalid(_)
            | AuthError::TokenExpired
            | AuthError::StaffRequired
            | AuthError::SuperuserRequired
            | AuthError::UserRequired
            | AuthError::ScopeRequired
            | AuthError::ReauthenticationRequired(_)
            | AuthError::Unavailable(_)
            | AuthError::Seed(_)
            | AuthError::Password(_)
            | AuthError::PasswordHash(_)
            | AuthError::Signing(_)
            | AuthError::SealingKeys(_)
            | AuthError::SealingKeyMissing(_)
            | AuthError::Unsealable
            | AuthError::Entropy(_),
        ) => {}
        Error::Database(
            DynamoError::Unavailable(_)
            | DynamoError::Unconfirmed(_)
            | DynamoError::Conflict(_)
            | DynamoError::Throttled(_)
            | DynamoError::Refused(_)
            | DynamoError::Corrupt { .. }
            | DynamoError::Cursor
            | DynamoError::Entropy(_),
        ) => {}
        Error::PreconditionFailed
        | Error::IdempotencyKeyReused
        | Error::AlreadyDone { .. }
        | Error::RequestInProgress
        | Error::RateLimited { .. }
        | Error::Domain(_)
        | Error::NotFound
        | Error::Malformed(_)
        | Error::NotJson
        | Error::TooLarge
        | Error::MediaType
        | Error::ContentCoding
        | Error::Charset
        | Error::Invalid(_)
        | Error::QueueUnavailable(_)
        | Error::LimiterUnavailable(_)
        | Error::Deadline
        | Error::Internal(_) => {}
        // Errors of processes that can't start: no request meets them.
        Error::Setting { .. } | Error::Unreachable { .. } => {}
    }
}

/// Stops compiling when a kind of error is added to identity. Add it to `of_identity` too.
fn is_listed_of_identity(error: &IdentityError) {
    match error {
        IdentityError::CredentialsInvalid(
            SignInFailure::AccountUnknown
            | SignInFailure::AccountInactive
            | SignInFailure::PasswordWrong
            | SignInFailure::PasskeyWrong
            | SignInFailure::PasskeyExpired
            | SignInFailure::PasskeyUnknown
            | SignInFailure::PasskeyUsed
            | SignInFailure::PasskeyCloned,
        ) => {}
        IdentityError::Database(_)
        | IdentityError::Auth(_)
        | IdentityError::PasswordWrong { .. }
        | IdentityError::MailTokenInvalid
        | IdentityError::UsernameTaken
        | IdentityError::EmailTaken
        | IdentityError::EmailVerified
        | IdentityError::EmailFree
        | IdentityError::ChangedMeanwhile
        | IdentityError::SignUpClosed
        | IdentityError::OwnAccount
        | IdentityError::SuperuserAccount
        | IdentityError::ActorDemoted
        | IdentityError::KeyRevoked
        | IdentityError::SecondFactorRequired(_)
        | IdentityError::ChallengeInvalid
        | IdentityError::CodeWrong { .. }
        | IdentityError::PasskeyInvalid { .. }
        | IdentityError::PasskeysOff
        | IdentityError::PasskeysExist
        | IdentityError::TooManyFactors
        | IdentityError::FactorExists
        | IdentityError::NoFactor
        | IdentityError::EmailUnverified
        | IdentityError::SealingKeysUnavailable(_)
        | IdentityError::SealingKeysUnconfirmed(_)
        | IdentityError::SeedUnavailable(_)
        | IdentityError::SeedUnconfirmed(_) => {}
    }
}

/// Stops compiling when a kind of limit is added. Add it to `of_framework` too.
fn is_listed_limit(by: &LimitKey) {
    match by {
        LimitKey::Ip | LimitKey::User | LimitKey::Subject | LimitKey::SubjectAndIp | LimitKey::NewAddresses => {}
    }
}

/// One error of each kind that a request can meet.
pub fn errors() -> Vec<Error> {
    of_framework().into_iter().chain(of_identity().into_iter().map(Error::from)).collect()
}

fn of_identity() -> Vec<IdentityError> {
    let failures = [
        SignInFailure::AccountUnknown,
        SignInFailure::AccountInactive,
        SignInFailure::PasswordWrong,
        SignInFailure::PasskeyWrong,
        SignInFailure::PasskeyExpired,
        SignInFailure::PasskeyUnknown,
        SignInFailure::PasskeyUsed,
        SignInFailure::PasskeyCloned,
    ];
    let mut all = vec![
        IdentityError::Database(DynamoError::Unavailable("x".to_owned())),
        IdentityError::Auth(AuthError::TokenInvalid(Reason::UserUnknown)),
        IdentityError::PasswordWrong { field: "x" },
        IdentityError::MailTokenInvalid,
        IdentityError::UsernameTaken,
        IdentityError::EmailTaken,
        IdentityError::EmailVerified,
        IdentityError::EmailFree,
        IdentityError::SignUpClosed,
        IdentityError::ChangedMeanwhile,
        IdentityError::OwnAccount,
        IdentityError::SuperuserAccount,
        IdentityError::ActorDemoted,
        IdentityError::KeyRevoked,
        IdentityError::SecondFactorRequired(None),
        IdentityError::ChallengeInvalid,
        IdentityError::CodeWrong { field: "x" },
        IdentityError::PasskeyInvalid { field: "x" },
        IdentityError::PasskeysOff,
        IdentityError::PasskeysExist,
        IdentityError::TooManyFactors,
        IdentityError::FactorExists,
        IdentityError::NoFactor,
        IdentityError::EmailUnverified,
        IdentityError::SealingKeysUnavailable("x".to_owned()),
        IdentityError::SealingKeysUnconfirmed("x".to_owned()),
        IdentityError::SeedUnavailable("x".to_owned()),
        IdentityError::SeedUnconfirmed("x".to_owned()),
    ];
    all.extend(failures.map(IdentityError::CredentialsInvalid));
    all.iter().for_each(is_listed_of_identity);
    all
}

fn of_framework() -> Vec<Error> {
    let text = || "x".to_owned();
    let database = [
        DynamoError::Unavailable(text()),
        DynamoError::Unconfirmed(text()),
        DynamoError::Throttled(text()),
        DynamoError::Conflict(text()),
        DynamoError::Refused(text()),
        DynamoError::Corrupt { table: "x", attribute: "x" },
        DynamoError::Cursor,
        DynamoError::Entropy(EntropyFailed),
    ];
    let auth = [
        AuthError::TokenMissing,
        AuthError::TokenExpired,
        AuthError::StaffRequired,
        AuthError::SuperuserRequired,
        AuthError::UserRequired,
        AuthError::ScopeRequired,
        AuthError::ReauthenticationRequired(StepUp { recent: true, factor: false }),
        AuthError::ReauthenticationRequired(StepUp { recent: false, factor: true }),
        AuthError::Unavailable("x".into()),
        AuthError::Seed("x"),
        AuthError::Password("x"),
        AuthError::PasswordHash(text()),
        AuthError::Signing(text()),
        AuthError::SealingKeys("x"),
        AuthError::SealingKeyMissing(1),
        AuthError::Unsealable,
        AuthError::Entropy(EntropyFailed),
    ];
    let limits = [LimitKey::Ip, LimitKey::User, LimitKey::Subject, LimitKey::SubjectAndIp, LimitKey::NewAddresses];
    let mut all = vec![
        Error::NotFound,
        Error::Malformed("x"),
        Error::PreconditionFailed,
        Error::IdempotencyKeyReused,
        Error::AlreadyDone { location: text() },
        Error::RequestInProgress,
        Error::NotJson,
        Error::TooLarge,
        Error::MediaType,
        Error::ContentCoding,
        Error::Charset,
        Error::Invalid(Vec::new()),
        Error::QueueUnavailable(text()),
        Error::LimiterUnavailable(DynamoError::Unavailable(text())),
        Error::LimiterUnavailable(DynamoError::Throttled(text())),
        Error::LimiterUnavailable(DynamoError::Refused(text())),
        Error::Deadline,
        Error::Internal(text()),
    ];
    all.extend(database.into_iter().map(Error::Database));
    all.extend(auth.into_iter().map(Error::Auth));
    all.extend(Reason::ALL.iter().map(|reason| AuthError::TokenInvalid(*reason).into()));
    limits.iter().for_each(is_listed_limit);
    all.extend(limits.map(|by| Error::RateLimited { by: by.as_str(), retry_after: 1 }));
    all
}
