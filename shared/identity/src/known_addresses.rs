use auth::{PasswordProof, UserId};
use dynamo::{Db, Item, Result, Row, Table, TableClient, item, key, number, text};
use jiff::{SignedDuration, Timestamp};

use crate::users::{Account, LockedAccount, UsersTable};

/// How long an address stays known after its last sign-in.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);

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

    /// Reads in one call: the account of a sign-in, and whether its owner signed in from this address in the last 30
    /// days.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn signing_in(
        &self,
        user: UserId,
        address: &str,
        now: Timestamp,
    ) -> Result<(Option<LockedAccount>, bool)> {
        let keys = vec![self.users.key(key("id", user)), self.addresses.key(address_key(user, address))];
        let mut found = self.users.db().batch_get(keys).await?.into_iter();
        let (account, known) = (found.next().flatten(), found.next().flatten());
        let expires_at = |item: &Item| Row::new::<SignInAddresses>(item).seconds("expires_at");
        let until = known.and_then(|item| self.addresses.readable(&item, expires_at));
        let account = account.as_ref().map(Account::read).transpose()?.map(LockedAccount::new);
        Ok((account, until.is_some_and(|until| until > now)))
    }

    /// Remembers the address of a sign-in.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn remember(&self, proof: &PasswordProof, address: &str, now: Timestamp) -> Result<()> {
        let until = now.saturating_add(REMEMBERED).unwrap_or(now);
        let mut item = address_key(proof.user_id(), address);
        item.insert("expires_at".to_owned(), number(until.as_second()));
        self.addresses.put(item).await
    }
}

fn address_key(user: UserId, address: &str) -> Item {
    item([("user_id", text(user)), ("address", text(address))])
}
