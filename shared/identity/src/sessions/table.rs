use auth::{PasswordProof, RefreshToken, SessionId, User, UserId};
use dynamo::{ConditionalUpdate, Db, List, Page, PageRequest, Result, TableClient, bytes, key, millis, number, text};
use jiff::{SignedDuration, Timestamp};
use operator::Operator;

use super::list::ActiveSessions;
use super::session::{Device, Session, SessionsTable};
use crate::users::Account;

/// Longest lifetime of a session, even with refreshes.
const LIFE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Longest lifetime of a session without a refresh.
const IDLE: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Table `sessions`.
#[derive(Clone, Debug)]
pub struct Sessions(TableClient<SessionsTable>);

impl Sessions {
    /// The table of a stack.
    pub fn new(db: &Db) -> Self {
        Self(db.table())
    }

    /// Begins a session for a user with a proved password. `epoch` must be read together with the password's hash, so
    /// that a concurrent password change ends this session too.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn open(
        &self,
        proof: &PasswordProof,
        first: &RefreshToken,
        epoch: u64,
        salt: &[u8],
        device: &Device,
        now: Timestamp,
    ) -> Result<()> {
        let ends = after(now, LIFE);
        let item = dynamo::item([
            ("id", text(first.session_id())),
            ("user_id", text(proof.user_id())),
            ("family", bytes(&first.family_digest())),
            ("secret", bytes(&first.secret_digest())),
            ("salt", bytes(salt)),
            ("epoch", number(epoch)),
            ("user_agent", text(&device.user_agent)),
            ("address", text(&device.address)),
            ("created_at", millis(now)),
            ("rotated_at", millis(now)),
            ("ends_at", number(ends.as_second())),
            ("expires_at", number(ends.min(after(now, IDLE)).as_second())),
        ]);
        self.0.put(item).await
    }

    /// A session that has not expired.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn get(&self, id: SessionId, now: Timestamp) -> Result<Option<Session>> {
        let session = self.0.get(key("id", id)).await?.as_ref().map(Session::read).transpose()?;
        Ok(session.filter(|session| session.expires_at > now))
    }

    /// Replaces the presented token, which is the proof, with its successor. Returns `false` if the presented token is
    /// not, or no longer, the session's current token. Of several concurrent calls, one succeeds.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn rotate(
        &self,
        session: &Session,
        presented: &RefreshToken,
        salt: &[u8],
        device: &Device,
        now: Timestamp,
    ) -> Result<bool> {
        let change = ConditionalUpdate {
            key: key("id", presented.session_id()),
            update: "SET #secret = :next, #previous_secret = :presented, #salt = :salt, #rotated_at = :now, \
                     #expires_at = :expires_at, #user_agent = :user_agent, #address = :address, #epoch = :epoch",
            condition: "#family = :family AND #secret = :presented AND attribute_not_exists(#revoked_at)",
            values: vec![
                ("family", bytes(&presented.family_digest())),
                ("presented", bytes(&presented.secret_digest())),
                ("next", bytes(&presented.successor(salt).secret_digest())),
                ("salt", bytes(salt)),
                ("now", millis(now)),
                ("expires_at", number(session.ends_at.min(after(now, IDLE)).as_second())),
                ("user_agent", text(&device.user_agent)),
                ("address", text(&device.address)),
                ("epoch", number(session.epoch)),
            ],
        };
        Ok(self.0.update(change).await?.is_ok())
    }

    /// Ends the session of the presented refresh token (RFC 7009). The proof is the session's current or previous
    /// token. Returns whether a session ended.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn revoke(&self, presented: &RefreshToken, now: Timestamp) -> Result<bool> {
        let change = ConditionalUpdate {
            key: key("id", presented.session_id()),
            update: "SET #revoked_at = :now",
            condition: "#family = :family AND (#secret = :presented OR #previous_secret = :presented) \
                        AND attribute_not_exists(#revoked_at)",
            values: vec![
                ("family", bytes(&presented.family_digest())),
                ("presented", bytes(&presented.secret_digest())),
                ("now", millis(now)),
            ],
        };
        Ok(self.0.update(change).await?.is_ok())
    }

    /// Ends the session of a refresh token that was used before, because a thief may have its successors. Returns
    /// whether a session ended.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn revoke_reused(&self, presented: &RefreshToken, now: Timestamp) -> Result<bool> {
        let change = ConditionalUpdate {
            key: key("id", presented.session_id()),
            update: "SET #revoked_at = :now",
            condition: "#family = :family AND attribute_not_exists(#revoked_at)",
            values: vec![("family", bytes(&presented.family_digest())), ("now", millis(now))],
        };
        Ok(self.0.update(change).await?.is_ok())
    }

    /// Moves the caller's session to the user's next epoch, after the caller's own change raised the epoch. Returns
    /// `false` if another call revoked the session first.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn keep(&self, user: &User) -> Result<bool> {
        let next = number(user.epoch().saturating_add(1));
        let change = ConditionalUpdate {
            key: key("id", user.session_id()),
            update: "SET #epoch = :next",
            condition: "#user_id = :user_id AND (#epoch = :epoch OR #epoch = :next) AND attribute_not_exists(#revoked_at)",
            values: vec![("user_id", text(user.id())), ("epoch", number(user.epoch())), ("next", next)],
        };
        Ok(self.0.update(change).await?.is_ok())
    }

    /// Ends a session of the caller. Returns whether the session was active.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn revoke_own(&self, user: &User, id: SessionId, now: Timestamp) -> Result<bool> {
        let change = ConditionalUpdate {
            key: key("id", id),
            update: "SET #revoked_at = :now",
            condition: "#user_id = :user_id AND #epoch = :epoch AND #expires_at > :seconds \
                        AND attribute_not_exists(#revoked_at)",
            values: vec![
                ("user_id", text(user.id())),
                ("epoch", number(user.epoch())),
                ("seconds", number(now.as_second())),
                ("now", millis(now)),
            ],
        };
        match self.0.update(change).await? {
            Ok(_) => Ok(true),
            // An earlier try may have made the change without receiving the response.
            Err(item) => Ok(item.is_some_and(|item| {
                item.get("user_id") == Some(&text(user.id())) && item.get("revoked_at") == Some(&millis(now))
            })),
        }
    }

    /// The caller's active sessions, newest first.
    ///
    /// # Errors
    /// [`dynamo::Error::Cursor`] when the cursor belongs to another list, or when DynamoDB does not answer.
    pub async fn list(&self, user: &User, page: &PageRequest, now: Timestamp) -> Result<Page<Session>> {
        self.active((user.id(), user.epoch()), page, now).await
    }

    /// The active sessions of an account, newest first.
    ///
    /// # Errors
    /// As for [`Sessions::list`].
    pub async fn list_of(
        &self,
        _: &Operator,
        account: &Account,
        page: &PageRequest,
        now: Timestamp,
    ) -> Result<Page<Session>> {
        self.active((account.profile.id, account.epoch.number), page, now).await
    }

    async fn active(&self, of: (UserId, u64), page: &PageRequest, now: Timestamp) -> Result<Page<Session>> {
        let list = ActiveSessions::new(&self.0, of, now);
        let start = page.cursor.as_deref().map(|text| list.after(text)).transpose()?;
        list.page(self.0.db(), page.limit, start).await
    }

    #[cfg(feature = "endpoints")]
    pub(crate) fn table(&self) -> &TableClient<SessionsTable> {
        &self.0
    }
}

fn after(now: Timestamp, life: SignedDuration) -> Timestamp {
    now.saturating_add(life).unwrap_or(now)
}
