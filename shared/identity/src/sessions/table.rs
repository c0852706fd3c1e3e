use auth::{Epoch, RecentAuth, RefreshToken, SessionId, User, UserId};
use dynamo::{
    ConditionalUpdate, Db, Item, List, Page, PageRequest, Result, TableClient, bytes, key, millis, number, text,
};
#[cfg(feature = "endpoints")]
use dynamo::{FailedConditions, TransactionPart};
use jiff::{SignedDuration, Timestamp};
use operator::Operator;

use super::list::ActiveSessions;
use super::session::{Device, Presented, Session, SessionsTable};
use crate::authority::Authenticates;
use crate::users::Account;

/// Longest lifetime of a session, even with refreshes.
const LIFE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Longest lifetime of a session without a refresh.
pub(super) const IDLE: SignedDuration = SignedDuration::from_hours(14 * 24);

/// How long a discarded session is kept, longer than any attempt to make the session is under way.
const DISCARDED: SignedDuration = SignedDuration::from_hours(1);

/// Table `sessions`.
#[derive(Clone, Debug)]
pub struct Sessions {
    pub(super) sessions: TableClient<SessionsTable>,
    grace: SignedDuration,
}

impl Sessions {
    /// The table of a stack. `grace` is [`TokenPolicy::refresh_grace`](auth::TokenPolicy::refresh_grace).
    pub fn new(db: &Db, grace: SignedDuration) -> Self {
        Self { sessions: db.table(), grace }
    }

    /// Begins a session for a user who authenticated. `epoch` must be read together with the password's hash, so that a
    /// concurrent password change ends this session too.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn open(
        &self,
        proof: &impl Authenticates,
        first: &RefreshToken,
        epoch: u64,
        salt: &[u8],
        device: &Device,
        now: Timestamp,
    ) -> Result<()> {
        match self.sessions.insert(new_item(proof, (first, salt), epoch, device, now)).await? {
            Ok(()) => Ok(()),
            // An earlier attempt of this call made the session without a response. Nobody else knows the family.
            Err(Some(there)) if is_family(&there, first) && !there.contains_key("revoked_at") => Ok(()),
            Err(_) => Err(dynamo::Error::Refused("the session's id is taken".to_owned())),
        }
    }

    /// Begins a session as [`Sessions::open`] does, in one transaction with the parts of the sign-in: all or nothing. The
    /// session is the first part.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    #[cfg(feature = "endpoints")]
    pub(crate) async fn open_and(
        &self,
        proof: &impl Authenticates,
        (first, salt): (&RefreshToken, &[u8]),
        epoch: u64,
        device: &Device,
        now: Timestamp,
        parts: Vec<TransactionPart>,
    ) -> Result<std::result::Result<(), FailedConditions>> {
        let session = self.sessions.insert_part(new_item(proof, (first, salt), epoch, device, now))?;
        self.sessions.db().transact([session].into_iter().chain(parts).collect()).await
    }

    /// Ends the session that a sign-in without a confirmed outcome may have made, or may still make: an attempt that
    /// arrives later finds the id taken. Nobody has a token of this session.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn discard(&self, first: &RefreshToken, now: Timestamp) -> Result<()> {
        let change = ConditionalUpdate {
            key: key("id", first.session_id()),
            update: "SET #revoked_at = :now, #family = :family, #expires_at = :soon",
            condition: "attribute_not_exists(#id) OR #family = :family",
            values: vec![
                ("now", millis(now)),
                ("family", bytes(&first.family_digest())),
                ("soon", number(after(now, DISCARDED).as_second())),
            ],
        };
        self.sessions.update(change).await.map(drop)
    }

    /// The relation of `token` to `session` now.
    pub fn judge(&self, session: &Session, token: &RefreshToken, now: Timestamp) -> Presented {
        session.judge(token, self.grace, now)
    }

    /// A session that has not expired.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn get(&self, id: SessionId, now: Timestamp) -> Result<Option<Session>> {
        let session = self.sessions.get(key("id", id)).await?.as_ref().map(Session::read).transpose()?;
        Ok(session.filter(|session| session.expires_at > now))
    }

    /// Replaces the presented token, which is the proof, with its successor. Returns `false` if the presented token is
    /// not, or no longer, the session's current token, or another call moved the session to a later epoch. Of several
    /// concurrent calls, one succeeds.
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
            condition: "#family = :family AND #secret = :presented AND #epoch <= :epoch \
                        AND attribute_not_exists(#revoked_at)",
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
        Ok(self.sessions.update(change).await?.is_ok())
    }

    /// Ends the session of the presented refresh token (RFC 7009). The proof is the session's current token or, within
    /// the grace, the previous token. Returns whether a session ended.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn revoke(&self, presented: &RefreshToken, now: Timestamp) -> Result<bool> {
        let change = ConditionalUpdate {
            key: key("id", presented.session_id()),
            update: "SET #revoked_at = :now",
            condition: "#family = :family AND attribute_not_exists(#revoked_at) \
                        AND (#secret = :presented OR (#previous_secret = :presented AND #rotated_at >= :since))",
            values: vec![
                ("family", bytes(&presented.family_digest())),
                ("presented", bytes(&presented.secret_digest())),
                ("since", millis(now.saturating_sub(self.grace).unwrap_or(now))),
                ("now", millis(now)),
            ],
        };
        self.end(change, now).await
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
        self.end(change, now).await
    }

    /// Makes a change that sets `revoked_at` to `now`. Returns whether the session ended. If the condition fails, an
    /// earlier attempt of the call may have made the change without receiving the response.
    async fn end(&self, change: ConditionalUpdate<'_>, now: Timestamp) -> Result<bool> {
        let ended = self.sessions.update(change).await?;
        Ok(ended.map_or_else(|there| there.is_some_and(|item| item.get("revoked_at") == Some(&millis(now))), |_| true))
    }

    /// Moves the caller's session to `epoch`, which the caller's own change set and which keeps the session, and forgets
    /// an authentication with the password from before. Never lowers an epoch. Returns `false` if another call revoked the
    /// session or moved it further.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn keep(&self, user: &User, epoch: u64) -> Result<bool> {
        let change = ConditionalUpdate {
            key: key("id", user.session_id()),
            update: "SET #epoch = :epoch REMOVE #reauthenticated_at",
            condition: "#user_id = :user_id AND #epoch <= :epoch AND attribute_not_exists(#revoked_at)",
            values: vec![("user_id", text(user.id())), ("epoch", number(epoch))],
        };
        Ok(self.sessions.update(change).await?.is_ok())
    }

    /// Ends the caller's present session. Returns whether the session was alive.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn revoke_current(&self, user: &User, now: Timestamp) -> Result<bool> {
        self.revoke_of(user, user.session_id(), now).await
    }

    /// Ends a session of the caller, who authenticated recently: a thief of a token must not end the sessions of its
    /// owner. Returns whether the session was alive.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn revoke_own(&self, user: &RecentAuth<User>, id: SessionId, now: Timestamp) -> Result<bool> {
        self.revoke_of(user.caller(), id, now).await
    }

    async fn revoke_of(&self, user: &User, id: SessionId, now: Timestamp) -> Result<bool> {
        let Epoch { number: epoch, kept, .. } = user.epoch();
        // The kept session may still have the epoch before.
        let oldest = if kept == Some(id) { epoch.saturating_sub(1) } else { epoch };
        let change = ConditionalUpdate {
            key: key("id", id),
            update: "SET #revoked_at = :now",
            condition: "#user_id = :user_id AND #epoch >= :oldest AND #expires_at > :seconds \
                        AND attribute_not_exists(#revoked_at)",
            values: vec![
                ("user_id", text(user.id())),
                ("oldest", number(oldest)),
                ("seconds", number(now.as_second())),
                ("now", millis(now)),
            ],
        };
        self.end(change, now).await
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
        self.active((account.profile.id, account.epoch), page, now).await
    }

    async fn active(&self, of: (UserId, Epoch), page: &PageRequest, now: Timestamp) -> Result<Page<Session>> {
        let list = ActiveSessions::new(&self.sessions, of, now);
        let start = page.cursor.as_deref().map(|text| list.after(text)).transpose()?;
        list.page(self.sessions.db(), page.limit, start).await
    }

    #[cfg(feature = "endpoints")]
    pub(crate) fn table(&self) -> &TableClient<SessionsTable> {
        &self.sessions
    }
}

/// The item of a new session.
fn new_item(
    proof: &impl Authenticates,
    (first, salt): (&RefreshToken, &[u8]),
    epoch: u64,
    device: &Device,
    now: Timestamp,
) -> Item {
    let ends = after(now, LIFE);
    let mut item = dynamo::item([
        ("id", text(first.session_id())),
        ("user_id", text(proof.account())),
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
    // A session without this attribute began with a password alone.
    let methods = proof.methods();
    if methods.has_factor() {
        item.insert("amr".to_owned(), text(methods.as_str()));
    }
    item
}

fn after(now: Timestamp, life: SignedDuration) -> Timestamp {
    now.saturating_add(life).unwrap_or(now)
}

fn is_family(item: &Item, token: &RefreshToken) -> bool {
    item.get("family") == Some(&bytes(&token.family_digest()))
}
