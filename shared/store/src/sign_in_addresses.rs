use auth::{UserId, Verified};
use jiff::{SignedDuration, Timestamp};

use crate::db::{Db, Item, Table};
use crate::error::Result;
use crate::row::{Row, key, number, text};
use crate::users::{Account, Erasure};

/// How long an address is known after the last sign-in from it.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Table `sign_in_addresses`: from where users signed in, so that attacks from elsewhere don't lock them out.
#[derive(Clone, Debug)]
pub struct SignInAddresses(Db);

impl SignInAddresses {
    /// The table of a stack.
    pub fn new(db: Db) -> Self {
        Self(db)
    }

    /// An account whose owner is still to be proved, and whether its user signed in from this address in the last 30
    /// days: in one call.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn signing_in(&self, user: UserId, address: &str, now: Timestamp) -> Result<(Option<Account>, bool)> {
        let keys = vec![(Table::Users, key("id", user)), (Table::SignInAddresses, address_key(user, address))];
        let (mut account, mut known) = (None, false);
        for (table, item) in self.0.batch_get(keys).await? {
            match table {
                Table::Users => account = Some(Account::read(&item)?),
                _ => known = Row::new(Table::SignInAddresses, &item).seconds("expires_at")? > now,
            }
        }
        Ok((account, known))
    }

    /// Remembers from where somebody just signed in.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn remember(&self, proof: &Verified, address: &str, now: Timestamp) -> Result<()> {
        let until = now.saturating_add(REMEMBERED).unwrap_or(now);
        let mut item = address_key(proof.user_id(), address);
        item.insert("expires_at".to_owned(), number(until.as_second()));
        self.0.client.put_item().table_name(self.0.name(Table::SignInAddresses)).set_item(Some(item)).send().await?;
        Ok(())
    }

    /// Forgets all addresses of an account that is being erased.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn purge(&self, erasure: &Erasure) -> Result<()> {
        self.0.purge(erasure, Table::SignInAddresses, None, &["user_id", "address"]).await
    }
}

fn address_key(user: UserId, address: &str) -> Item {
    Item::from([("user_id".to_owned(), text(user)), ("address".to_owned(), text(address))])
}
