use auth::{Digest, RefreshToken, SessionId, UserId, Verified};
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use jiff::{SignedDuration, Timestamp};

use crate::db::{Db, Item, Table};
use crate::error::{Result, conditional};
use crate::row::{Row, bytes, key, millis, number, text};

/// Longest life of a session, however often it is refreshed.
const LIFE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A session as it is kept.
#[derive(Clone, Debug)]
pub struct Session {
    /// Whose it is.
    pub user_id: UserId,
    /// Digest of the part that all its refresh tokens share.
    pub family: Digest,
    /// Digest of the current refresh token's secret.
    pub secret: Digest,
    /// The user's epoch when it began.
    pub epoch: u64,
    /// Whether it was ended.
    pub revoked: bool,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

impl Session {
    pub(crate) fn read(item: &Item) -> Result<Self> {
        let row = Row::new(Table::Sessions, item);
        Ok(Self {
            user_id: row.user_id("user_id")?,
            family: row.digest("family")?,
            secret: row.digest("secret")?,
            epoch: row.number("epoch")?,
            revoked: row.has("revoked_at"),
            expires_at: row.seconds("expires_at")?,
        })
    }
}

/// Table `sessions`.
#[derive(Clone, Debug)]
pub struct Sessions(Db);

impl Sessions {
    /// The table of a stack.
    pub fn new(db: Db) -> Self {
        Self(db)
    }

    /// Begins a session for whoever proved to know the password. `epoch` is the one that was read together with the
    /// password's hash, so that a sign-in in flight can't survive a password change.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn open(
        &self,
        proof: &Verified,
        first: &RefreshToken,
        epoch: u64,
        salt: &[u8],
        now: Timestamp,
    ) -> Result<()> {
        let ends = now.saturating_add(LIFE).unwrap_or(now);
        let item = [
            ("id", text(first.session_id())),
            ("user_id", text(proof.user_id())),
            ("family", bytes(&first.family_digest())),
            ("secret", bytes(&first.secret_digest())),
            ("salt", bytes(salt)),
            ("epoch", number(epoch)),
            ("created_at", millis(now)),
            ("rotated_at", millis(now)),
            ("expires_at", number(ends.as_second())),
        ];
        let item = item.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self.0.client.put_item().table_name(self.0.name(Table::Sessions)).set_item(Some(item)).send().await?;
        Ok(())
    }

    /// A session that has not expired.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn get(&self, id: SessionId, now: Timestamp) -> Result<Option<Session>> {
        let get = self.0.client.get_item().table_name(self.0.name(Table::Sessions)).set_key(Some(key("id", id)));
        let answer = get.consistent_read(true).send().await?;
        let session = answer.item.as_ref().map(Session::read).transpose()?;
        Ok(session.filter(|session| session.expires_at > now))
    }

    /// Puts the successor in place of the presented token, which is the proof; `false` if the presented one is not, or
    /// no longer, the session's current token. Of several at once, one succeeds.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn rotate(
        &self,
        presented: &RefreshToken,
        successor: &RefreshToken,
        salt: &[u8],
        now: Timestamp,
    ) -> Result<bool> {
        let update = self.0.client.update_item().table_name(self.0.name(Table::Sessions));
        let update = update
            .set_key(Some(key("id", presented.session_id())))
            .update_expression("SET #secret = :next, #previous = :presented, #salt = :salt, #rotated_at = :now")
            .condition_expression("#family = :family AND #secret = :presented AND attribute_not_exists(#revoked_at)")
            .expression_attribute_names("#family", "family")
            .expression_attribute_names("#secret", "secret")
            .expression_attribute_names("#previous", "previous_secret")
            .expression_attribute_names("#salt", "salt")
            .expression_attribute_names("#rotated_at", "rotated_at")
            .expression_attribute_names("#revoked_at", "revoked_at")
            .expression_attribute_values(":family", bytes(&presented.family_digest()))
            .expression_attribute_values(":presented", bytes(&presented.secret_digest()))
            .expression_attribute_values(":next", bytes(&successor.secret_digest()))
            .expression_attribute_values(":salt", bytes(salt))
            .expression_attribute_values(":now", millis(now))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(match conditional(update.send().await)? {
            Ok(_) => true,
            // A try before this one may have done it and lost its answer: the salt is of this call alone.
            Err(there) => there.is_some_and(|item| is_current(&item, successor)),
        })
    }

    /// Ends the session of the presented refresh token (RFC 7009), which is the proof: its current or its previous
    /// one. Whether a session ended.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn revoke(&self, presented: &RefreshToken, now: Timestamp) -> Result<bool> {
        let update = self.0.client.update_item().table_name(self.0.name(Table::Sessions));
        let update = update
            .set_key(Some(key("id", presented.session_id())))
            .update_expression("SET #revoked_at = :now")
            .condition_expression(
                "#family = :family AND (#secret = :presented OR #previous = :presented) \
                 AND attribute_not_exists(#revoked_at)",
            )
            .expression_attribute_names("#family", "family")
            .expression_attribute_names("#secret", "secret")
            .expression_attribute_names("#previous", "previous_secret")
            .expression_attribute_names("#revoked_at", "revoked_at")
            .expression_attribute_values(":family", bytes(&presented.family_digest()))
            .expression_attribute_values(":presented", bytes(&presented.secret_digest()))
            .expression_attribute_values(":now", millis(now));
        Ok(conditional(update.send().await)?.is_ok())
    }
}

fn is_current(item: &Item, token: &RefreshToken) -> bool {
    Session::read(item).is_ok_and(|session| !session.revoked && session.secret == token.secret_digest())
}
