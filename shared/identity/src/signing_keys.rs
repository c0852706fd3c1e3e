use auth::{BoxFuture, KeyId, PublicKey, PublishedKey, PublishedKeys, SigningKey, SourceError};
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use dynamo::{Db, Item, Row, Table, TableClient, conditional, key, millis, number, text};
use jiff::{SignedDuration, Timestamp};

use crate::error::{Error, Result};

/// How long a key is kept after its lease: longer than any session lives. A client may return with an old token and
/// refresh it, which extends the key's lease. Verifiers read a key with an expired lease again at once, but remember a
/// missing key as missing for a while.
const KEPT: SignedDuration = SignedDuration::from_hours(31 * 24);

/// Table `signing_keys`: the public keys that verify tokens.
#[derive(Clone, Debug)]
pub struct SigningKeys(pub(crate) TableClient<SigningKeysTable>);

#[derive(Debug)]
pub(crate) struct SigningKeysTable;

impl Table for SigningKeysTable {
    const NAME: &'static str = "signing_keys";
    const KEY: &'static [&'static str] = &["kid"];
}

impl SigningKeys {
    /// The most items that the list of current keys reads. Expired keys stay for a month and count, too: this is enough
    /// for a rotation every hour.
    pub const MOST: usize = 1_000;

    /// The table of a stack.
    pub fn new(db: &Db) -> Self {
        Self(db.table())
    }

    /// Publishes the public half of a signing key, or extends the key's lease. Never shortens a lease. The signing key
    /// itself is the proof. Returns whether the key is new or its lease had expired.
    ///
    /// # Errors
    /// [`Error::KeyRevoked`], or when DynamoDB can't answer.
    pub async fn publish(&self, signer: &SigningKey, lease_until: Timestamp, now: Timestamp) -> Result<bool> {
        let public = signer.public();
        let kept_until = lease_until.saturating_add(KEPT).unwrap_or(lease_until);
        let update = self
            .0
            .update_item(key("kid", public.id()))
            .update_expression("SET #x = :x, #lease_until = :lease_until, #expires_at = :kept_until")
            .condition_expression(
                "attribute_not_exists(#revoked_at) \
                 AND (attribute_not_exists(#lease_until) OR #lease_until < :lease_until)",
            )
            .expression_attribute_names("#x", "x")
            .expression_attribute_names("#lease_until", "lease_until")
            .expression_attribute_names("#expires_at", "expires_at")
            .expression_attribute_names("#revoked_at", "revoked_at")
            .expression_attribute_values(":x", text(public.x()))
            .expression_attribute_values(":lease_until", millis(lease_until))
            .expression_attribute_values(":kept_until", number(kept_until.as_second()))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match conditional(update.customize()).await? {
            Ok(done) => Ok(!done.attributes.as_ref().is_some_and(|old| was_leased(old, now))),
            Err(Some(there)) if there.contains_key("revoked_at") => Err(Error::KeyRevoked),
            Err(Some(_)) => Ok(false),
            // Only an item can refuse the update, so this response says nothing.
            Err(None) => Err(dynamo::Error::Unavailable("a refused update without its item".to_owned()).into()),
        }
    }

    /// The keys that valid tokens can be signed with now. Reads at most [`SigningKeys::MOST`] items.
    ///
    /// # Errors
    /// When DynamoDB can't answer, or the table has that many. A part of the keys is no answer: verifiers would replace
    /// their keys with it, and refuse valid tokens. Without an answer, they go on with the keys that they have.
    pub async fn current(&self, now: Timestamp) -> Result<Vec<PublicKey>> {
        let (mut keys, mut left, mut start) = (Vec::new(), Self::MOST, None);
        loop {
            let limit = i32::try_from(left.min(dynamo::POSITIONS)).unwrap_or(i32::MAX);
            let scan = self.0.scan(limit).consistent_read(true).set_exclusive_start_key(start);
            let output = scan.send().await.map_err(dynamo::Error::from)?;
            let items = output.items.unwrap_or_default();
            left = left.saturating_sub(items.len().max(1));
            keys.extend(items.iter().filter_map(|item| self.leased(item, now)));
            start = output.last_evaluated_key;
            if start.is_none() {
                keys.sort_by(|a, b| a.id().cmp(b.id()));
                return Ok(keys);
            }
            if left == 0 {
                let cause = format!("`signing_keys` has {} items or more", Self::MOST);
                return Err(dynamo::Error::Unavailable(cause).into());
            }
        }
    }

    /// The key of an item, if valid tokens can be signed with it now. One bad item must not hide the good keys.
    fn leased(&self, item: &Item, now: Timestamp) -> Option<PublicKey> {
        let item = Some(item).filter(|item| !is_mark(item))?;
        let published = self.0.readable(item, read)?;
        (!published.revoked && published.lease_until > now).then_some(published.key)
    }

    /// Checks that DynamoDB answers.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn ping(&self) -> Result<()> {
        self.0.get(key("kid", "health")).await?;
        Ok(())
    }
}

impl PublishedKeys for SigningKeys {
    fn key<'a>(&'a self, id: &'a KeyId) -> BoxFuture<'a, Result<Option<PublishedKey>, SourceError>> {
        Box::pin(async move {
            let item = self.0.get(key("kid", id)).await?.filter(|item| !is_mark(item));
            Ok(item.as_ref().map(read).transpose()?)
        })
    }
}

fn read(item: &Item) -> dynamo::Result<PublishedKey> {
    let row = Row::new::<SigningKeysTable>(item);
    let id = KeyId::parse(row.text("kid")?).ok_or(row.corrupt("kid"))?;
    let key = PublicKey::published(&id, row.text("x")?).ok_or(row.corrupt("x"))?;
    Ok(PublishedKey { key, lease_until: row.millis("lease_until")?, revoked: row.has("revoked_at") })
}

/// Whether the item only says that the key was revoked before it was published.
fn is_mark(item: &Item) -> bool {
    item.contains_key("revoked_at") && !item.contains_key("x")
}

fn was_leased(old: &Item, now: Timestamp) -> bool {
    Row::new::<SigningKeysTable>(old).millis("lease_until").is_ok_and(|until| until > now)
}
