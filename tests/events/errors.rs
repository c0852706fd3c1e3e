//! Every error there is, compared with the first two tables of docs/events.md.

use std::collections::BTreeSet;

use api::{By, Error, SignInFailure, refusal};
use auth::{EntropyFailed, Error as AuthError, Reason};
use store::Error as StoreError;

use crate::docs;

#[test]
fn every_error_is_a_refusal_or_an_input_error_and_has_its_row() {
    let (mut refusals, mut inputs) = (BTreeSet::new(), BTreeSet::new());
    for error in errors() {
        is_listed(&error);
        let (status, code) = error.face();
        let (status, code) = (status.as_u16(), code.to_owned());
        match refusal(&error) {
            Some((event, reason)) => _ = refusals.insert((event.to_owned(), reason.to_owned(), status, code)),
            None => _ = inputs.insert((code, status)),
        }
    }
    let rows = docs::refusals().into_iter().map(|row| (row.event, row.reason, row.status, row.code));
    assert_eq!(rows.collect::<BTreeSet<_>>(), refusals);
    let rows = docs::input_errors().into_iter().map(|row| (row.reason, row.status));
    assert_eq!(rows.collect::<BTreeSet<_>>(), inputs);
}

/// Does not compile when there is a new kind of error, which `errors` must have then.
fn is_listed(error: &Error) {
    match error {
        Error::Auth(
            AuthError::TokenMissing
            | AuthError::TokenInvalid(_)
            | AuthError::TokenExpired
            | AuthError::StaffRequired
            | AuthError::SuperuserRequired
            | AuthError::Unavailable(_)
            | AuthError::Seed(_)
            | AuthError::Password(_)
            | AuthError::PasswordHash(_)
            | AuthError::Signing(_)
            | AuthError::Entropy(_),
        ) => {}
        Error::Store(
            StoreError::Unavailable(_)
            | StoreError::Throttled(_)
            | StoreError::Refused(_)
            | StoreError::Corrupt { .. }
            | StoreError::UsernameTaken
            | StoreError::EmailTaken
            | StoreError::OwnAccount
            | StoreError::SuperuserAccount
            | StoreError::ActorDemoted
            | StoreError::Cursor
            | StoreError::KeyRevoked
            | StoreError::Entropy(_),
        ) => {}
        Error::CredentialsInvalid(
            SignInFailure::AccountUnknown | SignInFailure::AccountInactive | SignInFailure::PasswordWrong,
        ) => {}
        Error::RateLimited { by: By::Ip | By::User | By::Subject | By::SubjectAndIp | By::NewAddresses, .. } => {}
        Error::PasswordWrong { .. }
        | Error::MailTokenInvalid
        | Error::NotFound
        | Error::Malformed(_)
        | Error::NotJson
        | Error::TooLarge
        | Error::MediaType
        | Error::Invalid(_)
        | Error::QueueUnavailable(_)
        | Error::LimiterUnavailable(_)
        | Error::SeedUnavailable(_)
        | Error::Deadline
        | Error::Internal(_) => {}
        // Of processes that can't start: no request ever meets them.
        Error::Setting { .. } | Error::Unreachable { .. } => {}
    }
}

/// One error of each kind that a request can meet.
pub fn errors() -> Vec<Error> {
    let text = || "x".to_owned();
    let store = [
        StoreError::Unavailable(text()),
        StoreError::Throttled(text()),
        StoreError::Refused(text()),
        StoreError::Corrupt { table: "x", attribute: "x" },
        StoreError::UsernameTaken,
        StoreError::EmailTaken,
        StoreError::OwnAccount,
        StoreError::SuperuserAccount,
        StoreError::ActorDemoted,
        StoreError::Cursor,
        StoreError::KeyRevoked,
        StoreError::Entropy(EntropyFailed),
    ];
    let auth = [
        AuthError::TokenMissing,
        AuthError::TokenExpired,
        AuthError::StaffRequired,
        AuthError::SuperuserRequired,
        AuthError::Unavailable("x".into()),
        AuthError::Seed("x"),
        AuthError::Password("x"),
        AuthError::PasswordHash(text()),
        AuthError::Signing(text()),
        AuthError::Entropy(EntropyFailed),
    ];
    let failures = [SignInFailure::AccountUnknown, SignInFailure::AccountInactive, SignInFailure::PasswordWrong];
    let limits = [By::Ip, By::User, By::Subject, By::SubjectAndIp, By::NewAddresses];
    let mut all = vec![
        Error::PasswordWrong { field: "x" },
        Error::MailTokenInvalid,
        Error::NotFound,
        Error::Malformed("x"),
        Error::NotJson,
        Error::TooLarge,
        Error::MediaType,
        Error::Invalid(Vec::new()),
        Error::QueueUnavailable(text()),
        Error::LimiterUnavailable(StoreError::Unavailable(text())),
        Error::LimiterUnavailable(StoreError::Throttled(text())),
        Error::LimiterUnavailable(StoreError::Refused(text())),
        Error::SeedUnavailable(text()),
        Error::Deadline,
        Error::Internal(text()),
    ];
    all.extend(store.into_iter().map(Error::Store));
    all.extend(auth.into_iter().map(Error::Auth));
    all.extend(Reason::ALL.iter().map(|reason| AuthError::TokenInvalid(*reason).into()));
    all.extend(failures.map(Error::CredentialsInvalid));
    all.extend(limits.map(|by| Error::RateLimited { by, retry_after: 1 }));
    all
}
