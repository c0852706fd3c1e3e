use api::{Act, AuditEntry, Committed};
use auth::KeyId;
use dynamo::{ConditionalUpdate, Edited, LostRaces, TransactionPart, key, millis};
use jiff::Timestamp;
use operator::Operator;

use crate::signing_keys::SigningKeys;

impl SigningKeys {
    /// Revokes a key permanently: its tokens are refused, and the key is never published again. A key that was not
    /// published leaves a mark, so that it never is. Returns whether the key was published.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn revoke(&self, act: &Act<'_, Operator>, kid: &KeyId, now: Timestamp) -> dynamo::Result<Edited<bool>> {
        let mut races = LostRaces::default();
        loop {
            let item = self.0.get(key("kid", kid)).await?.unwrap_or_default();
            let published = item.contains_key("x");
            if item.contains_key("revoked_at") {
                return Ok(Edited::unchanged(published));
            }
            let entry = AuditEntry::of("key_revoked", format!("signing_keys/{kid}")).after("revoked_at", millis(now));
            match act.write(self.0.db(), vec![self.revocation(kid, published, now)?], entry, None).await? {
                Committed::Done => return Ok(Edited::done(published)),
                _ => races.wait().await?,
            }
        }
    }

    fn revocation(&self, kid: &KeyId, published: bool, now: Timestamp) -> dynamo::Result<TransactionPart> {
        self.0.update_part(ConditionalUpdate {
            key: key("kid", kid),
            // The item must not expire, or a signer with the same seed could publish the key again.
            update: "SET #revoked_at = :now REMOVE #expires_at",
            condition: match published {
                true => "attribute_not_exists(#revoked_at) AND attribute_exists(#x)",
                false => "attribute_not_exists(#revoked_at) AND attribute_not_exists(#x)",
            },
            values: vec![("now", millis(now))],
        })
    }
}
