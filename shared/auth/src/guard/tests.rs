//! The record that the guard keeps, over keys and accounts in memory.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use jiff::SignedDuration;

use super::*;
use crate::entropy::OsEntropy;
use crate::key::{KeyId, SigningKey, SigningSeed};
use crate::key_ring::PublishedKey;
use crate::markers::SignedIn;
use crate::subject::TokenSubject;
use crate::token::issue;

/// The output of a future that waits for nothing.
fn output<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits"),
    }
}

struct OneKey(PublishedKey);

impl PublishedKeys for OneKey {
    fn key<'a>(&'a self, _: &'a KeyId) -> BoxFuture<'a, Result<Option<PublishedKey>, SourceError>> {
        Box::pin(async { Ok(Some(self.0.clone())) })
    }
}

/// The number of the read, as a record.
#[derive(Debug, PartialEq)]
struct Read(u64);

/// A user of epoch `epoch`, whose session is of epoch 0 in the first read, and of the next one in each read after that.
struct Accounts {
    epoch: u64,
    reads: AtomicU64,
}

impl AccountStates for Accounts {
    fn read(&self, user_id: UserId, _: SessionId) -> BoxFuture<'_, Result<AccountState, SourceError>> {
        let read = self.reads.fetch_add(1, Ordering::Relaxed);
        let at = Timestamp::UNIX_EPOCH;
        let session = SessionState {
            user_id,
            epoch: read,
            revoked: false,
            expires_at: Timestamp::MAX,
            signed_in_at: at,
            authenticated_at: at,
            has_factor: false,
            wrong_passwords: 0,
        };
        let epoch = Epoch { number: self.epoch, kept: None, takes_factor: false };
        let user = UserState { is_active: true, roles: Roles::default(), epoch, password_set_at: None };
        let record = Some(AccountRecord::new(Read(read)));
        Box::pin(async move { Ok(AccountState { user: Some(user), session: Some(session), record }) })
    }
}

/// The caller whom a guard over these accounts admits.
fn admitted(accounts: Accounts) -> User {
    let (now, policy) = (Timestamp::UNIX_EPOCH, TokenPolicy::new("issuer", "audience"));
    let signer = SigningKey::new(&SigningSeed::parse(&SigningSeed::generate(&OsEntropy).unwrap()).unwrap()).unwrap();
    let lease_until = now + SignedDuration::from_hours(1);
    let key = PublishedKey { key: signer.public().clone(), lease_until, revoked: false };
    let (user, session) = (UserId::new(now, &OsEntropy).unwrap(), SessionId::new(now, &OsEntropy).unwrap());
    let subject = TokenSubject::by_password(user, session, Roles::default(), now);
    let token = issue(&signer, &policy, &subject, now, &OsEntropy).unwrap();
    let guard = Guard::new(OneKey(key), accounts, policy);
    output(guard.admit::<SignedIn>(&[&format!("Bearer {token}")], now)).unwrap()
}

#[test]
fn the_record_is_the_one_of_the_read_that_decided() {
    for epoch in [0, 1] {
        let user = admitted(Accounts { epoch, reads: AtomicU64::new(0) });
        assert_eq!(user.record(), Some(&Read(epoch)), "read {epoch} is the first with equal epochs");
        assert_eq!(user.record::<u64>(), None, "a record of another type");
    }
}

#[test]
fn debug_shows_nothing_of_the_record() {
    let mut user = admitted(Accounts { epoch: 0, reads: AtomicU64::new(0) });
    let record = || Some(AccountRecord::new("$argon2id$v=19".to_owned()));
    user.record = record();
    let state = AccountState { user: None, session: None, record: record() };
    for shown in [format!("{user:?}"), format!("{state:?}"), format!("{:?}", crate::proof::Staff(user))] {
        assert!(shown.contains("record: Some(AccountRecord(..))") && !shown.contains("argon2id"), "{shown}");
    }
}
