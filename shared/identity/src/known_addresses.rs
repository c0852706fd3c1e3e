use std::time::Duration;

use auth::UserId;
use dynamo::{Db, Item, Result, Row, Table, TableClient, item, key, number, text};
use jiff::{SignedDuration, Timestamp};

use crate::authority::Authenticates;
use crate::users::{Account, LockedAccount, UsersTable};

/// How long an address stays known after its last sign-in.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);
/// An address that was remembered within this time is not written again, so it may be forgotten that much earlier.
const RECENT: SignedDuration = SignedDuration::from_hours(24);
/// How long a sign-in waits for an address to be remembered.
const PATIENCE: Duration = Duration::from_millis(500);

/// What is known about the address of a sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AddressHistory {
    /// Whether the owner of the account signed in from the address in the last 30 days.
    pub is_known: bool,
    /// Whether the address was remembered in the last day.
    is_recent: bool,
}

impl AddressHistory {
    /// Of an address that is known until then.
    fn until(expires_at: Timestamp, now: Timestamp) -> Self {
        let left = expires_at.duration_since(now);
        Self { is_known: left > SignedDuration::ZERO, is_recent: left > REMEMBERED - RECENT }
    }
}

/// Addresses of successful sign-ins (table `sign_in_addresses`), so that attacks from other addresses don't lock users
/// out.
#[derive(Clone, Debug)]
pub struct KnownAddresses {
    pub(crate) addresses: TableClient<SignInAddresses>,
    users: TableClient<UsersTable>,
}

#[derive(Debug)]
pub(crate) struct SignInAddresses;

impl Table for SignInAddresses {
    const NAME: &'static str = "sign_in_addresses";
    const KEY: &'static [&'static str] = &["user_id", "address"];
}

impl KnownAddresses {
    /// The table of a stack.
    pub fn new(db: &Db) -> Self {
        Self { addresses: db.table(), users: db.table() }
    }

    /// Reads in one call: the account of a sign-in, and what is known about the address.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn signing_in(
        &self,
        user: UserId,
        address: &str,
        now: Timestamp,
    ) -> Result<(Option<LockedAccount>, AddressHistory)> {
        let keys = vec![self.users.key(key("id", user)), self.addresses.key(address_key(user, address))];
        let mut found = self.users.db().batch_get(keys).await?.into_iter();
        let (account, known) = (found.next().flatten(), found.next().flatten());
        let expires_at = |item: &Item| Row::new::<SignInAddresses>(item).seconds("expires_at");
        let until = known.and_then(|item| self.addresses.readable(&item, expires_at));
        let account = account.as_ref().map(Account::read).transpose()?.map(LockedAccount::new);
        Ok((account, until.map(|until| AddressHistory::until(until, now)).unwrap_or_default()))
    }

    /// Remembers the address of a sign-in, unless that was done in the last day. Takes at most half a second. A failure is
    /// logged only, because it does little harm: the next sign-in from the address counts as one from a new address.
    pub async fn remember(&self, proof: &impl Authenticates, address: &str, history: AddressHistory, now: Timestamp) {
        if history.is_recent {
            return;
        }
        let until = now.saturating_add(REMEMBERED).unwrap_or(now);
        let mut item = address_key(proof.account(), address);
        item.insert("expires_at".to_owned(), number(until.as_second()));
        let cause = match tokio::time::timeout(PATIENCE, self.addresses.put(item)).await {
            Ok(Ok(())) => return,
            Ok(Err(cause)) => cause.to_string(),
            Err(_) => "it takes too long".to_owned(),
        };
        tracing::error!(event = "address_not_remembered", user = %proof.account(), cause);
    }
}

fn address_key(user: UserId, address: &str) -> Item {
    item([("user_id", text(user)), ("address", text(address))])
}
