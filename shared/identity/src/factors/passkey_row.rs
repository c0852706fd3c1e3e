use auth::{Digest, FactorId, UserId};
use dynamo::{Item, Result, Row, TableClient, bytes, item, millis, number, text};
use jiff::Timestamp;

use super::model::FactorsTable;
use crate::error::Error;
use crate::users::Account;

/// The most passkeys of an account. With the authenticator app these are ten factors.
pub(super) const MOST: u32 = 9;

/// The account's app, if the account can have another passkey.
pub(super) fn admit(account: &Account) -> Result<FactorId, Error> {
    let totp = account.totp.ok_or(Error::NoFactor)?;
    if account.passkeys < MOST { Ok(totp) } else { Err(Error::TooManyFactors) }
}

/// The start of the ids of passkeys.
const PREFIX: &str = "passkey:";
/// More items than an account has passkeys.
const READ: i32 = 20;

/// The key of a passkey.
pub(super) fn passkey_key(user: UserId, id: FactorId) -> Item {
    item([("user_id", text(user)), ("id", text(format!("{PREFIX}{id}")))])
}

/// The key of a challenge that was answered.
pub(super) fn spent_key(user: UserId, id: &Digest) -> Item {
    item([("user_id", text(user)), ("id", text(format!("spent:{}", auth::hex(id))))])
}

/// The item of a challenge that was answered. It may go once the challenge has expired.
pub(super) fn spent(user: UserId, id: &Digest, expires_at: Timestamp) -> Item {
    let mut item = spent_key(user, id);
    item.insert("expires_at".to_owned(), number(expires_at.as_second()));
    item
}

/// A stored passkey. Its public key is in the form of the crate `passkeys`.
#[derive(Clone, Debug)]
pub(super) struct PasskeyRow {
    pub id: FactorId,
    pub credential_id: Vec<u8>,
    pub public_key: Vec<u8>,
    /// The signature counter of the last use.
    pub counter: u32,
    pub name: Option<String>,
    pub created_at: Timestamp,
}

impl PasskeyRow {
    pub fn read(item: &Item) -> Result<Self> {
        let row = Row::new::<FactorsTable>(item);
        Ok(Self {
            id: row.text("id")?.strip_prefix(PREFIX).and_then(FactorId::parse).ok_or(row.corrupt("id"))?,
            credential_id: row.bytes("credential_id")?.to_vec(),
            public_key: row.bytes("public_key")?.to_vec(),
            counter: row.number("counter")?,
            name: row.has("name").then(|| row.text("name")).transpose()?.map(str::to_owned),
            created_at: row.millis("created_at")?,
        })
    }

    pub fn item(&self, user: UserId) -> Item {
        let mut item = passkey_key(user, self.id);
        item.extend(dynamo::item([
            ("credential_id", bytes(&self.credential_id)),
            ("public_key", bytes(&self.public_key)),
            ("counter", number(self.counter)),
            ("created_at", millis(self.created_at)),
        ]));
        item.extend(self.name.as_ref().map(|name| ("name".to_owned(), text(name))));
        item
    }
}

/// The passkeys of a user, the oldest first. Those that can't be read are left out, and a line of the log names them.
pub(super) async fn passkeys_of(factors: &TableClient<FactorsTable>, user: UserId) -> Result<Vec<PasskeyRow>> {
    let items = items_of(factors, user).await?;
    Ok(items.iter().filter_map(|item| factors.readable(item, PasskeyRow::read)).collect())
}

/// The keys of a user's passkeys, also of those that can't be read.
pub(super) async fn passkey_keys_of(factors: &TableClient<FactorsTable>, user: UserId) -> Result<Vec<Item>> {
    let only_key = |mut item: Item| {
        item.retain(|name, _| ["user_id", "id"].contains(&name.as_str()));
        item
    };
    Ok(items_of(factors, user).await?.into_iter().map(only_key).collect())
}

async fn items_of(factors: &TableClient<FactorsTable>, user: UserId) -> Result<Vec<Item>> {
    let query = factors
        .query(READ)
        .key_condition_expression("#user_id = :user_id AND begins_with(#id, :prefix)")
        .expression_attribute_names("#user_id", "user_id")
        .expression_attribute_names("#id", "id")
        .expression_attribute_values(":user_id", text(user))
        .expression_attribute_values(":prefix", text(PREFIX))
        .consistent_read(true);
    Ok(query.send().await?.items.unwrap_or_default())
}
