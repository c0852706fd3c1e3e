use auth::UserId;
use dynamo::{ConditionalUpdate, Db, Result, Row, flag, key, millis, number, text};
use jiff::{SignedDuration, Timestamp};

use super::account::{ENDS_UNVERIFIED, UsersTable};
use super::table::Users;
use super::takeover::{NEVER_VERIFIED, closing};

/// The sparse index of accounts that end, unless they are verified: by state, then by when the state began.
const INDEX: &str = "unverified";
/// The first link to verify the email was sent.
const MAILED: &str = "mailed";
/// The owner was reminded that the account ends.
const REMINDED: &str = "reminded";

/// Accounts whose email was not verified since the first link was sent. For workers only.
#[derive(Clone, Debug)]
pub struct UnverifiedAccounts(Users);

impl UnverifiedAccounts {
    /// The accounts of a stack.
    pub fn new(db: &Db) -> Self {
        Self(Users::new(db))
    }

    /// Up to `limit` accounts whose first link was sent at `before` or earlier, and whose owners were not reminded yet.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn to_remind(&self, before: Timestamp, limit: i32) -> Result<Vec<UserId>> {
        self.since(MAILED, before, limit).await
    }

    /// Up to `limit` accounts whose owners were reminded at `before` or earlier.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn to_end(&self, before: Timestamp, limit: i32) -> Result<Vec<UserId>> {
        self.since(REMINDED, before, limit).await
    }

    async fn since(&self, state: &str, before: Timestamp, limit: i32) -> Result<Vec<UserId>> {
        let query = self.0.accounts.query(limit).index_name(INDEX);
        let query = query
            .key_condition_expression("#state = :state AND #since <= :before")
            .expression_attribute_names("#state", "unverified")
            .expression_attribute_names("#since", "unverified_at")
            .expression_attribute_values(":state", text(state))
            .expression_attribute_values(":before", millis(before));
        let entries = query.send().await?.items.unwrap_or_default();
        entries.iter().map(|entry| Row::new::<UsersTable>(entry).user_id("id")).collect()
    }

    /// Notes that the first link was sent, which begins the account's time. Does nothing for accounts of earlier versions.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub(super) async fn first_link_sent(users: &Users, id: UserId, now: Timestamp) -> Result<()> {
        let condition =
            format!("#{ENDS_UNVERIFIED} = :true AND attribute_not_exists(#unverified) AND {NEVER_VERIFIED}");
        let change = state(id, MAILED, &condition, now);
        users.accounts.update(change).await.map(|_| ())
    }

    /// Notes that the owner was reminded.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub(super) async fn reminded(users: &Users, id: UserId, now: Timestamp) -> Result<()> {
        let condition = format!("#unverified = :mailed AND #is_active = :true AND {NEVER_VERIFIED}");
        let mut change = state(id, REMINDED, &condition, now);
        change.values.push(("mailed", text(MAILED)));
        users.accounts.update(change).await.map(|_| ())
    }

    /// Notes that the reminder was withheld, so that other accounts go first. Its mailbox has too many of them.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub(super) async fn reminder_withheld(users: &Users, id: UserId, later: SignedDuration) -> Result<()> {
        let change = ConditionalUpdate {
            key: key("id", id),
            update: "SET #unverified_at = #unverified_at + :later",
            condition: "#unverified = :mailed",
            values: vec![("mailed", text(MAILED)), ("later", number(later.as_millis()))],
        };
        users.accounts.update(change).await.map(|_| ())
    }

    /// Whether the owner should be reminded. An account that does not end any more leaves the index.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn still_ends(&self, id: UserId) -> Result<bool> {
        self.stays(id, MAILED).await
    }

    /// Closes the account and marks it for erasure, if it was never verified, and its owner was reminded at `before` or
    /// earlier. Its erasure must be queued before, so that every mark has a job. Returns whether the account was closed.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn end(&self, id: UserId, before: Timestamp, now: Timestamp) -> Result<bool> {
        let condition = format!(
            "#unverified = :reminded AND #unverified_at <= :before AND #is_active = :true AND {NEVER_VERIFIED}"
        );
        let mut change = closing(id, &condition, now);
        change.values.extend([("reminded", text(REMINDED)), ("before", millis(before)), ("true", flag(true))]);
        match self.0.accounts.update(change).await? {
            Ok(_) => Ok(true),
            // An earlier try of this call closed the account without receiving the response.
            Err(Some(there)) if there.get("erased_at") == Some(&millis(now)) => Ok(true),
            Err(_) => self.stays(id, REMINDED).await.map(|_| false),
        }
    }

    /// Whether an account is in this state. An account that was verified, got a role or was closed leaves the index.
    async fn stays(&self, id: UserId, state: &str) -> Result<bool> {
        let leaves = ConditionalUpdate {
            key: key("id", id),
            update: "REMOVE #unverified, #unverified_at",
            condition: "#unverified = :state AND (NOT #email_verified = :false OR NOT #email_epoch = :zero \
                        OR #is_active = :false OR #is_staff = :true OR #is_superuser = :true)",
            values: vec![("state", text(state)), ("true", flag(true)), ("false", flag(false)), ("zero", number(0))],
        };
        match self.0.accounts.update(leaves).await? {
            Ok(_) => Ok(false),
            Err(there) => Ok(there.is_some_and(|there| there.get("unverified") == Some(&text(state)))),
        }
    }
}

/// Begins a state. The values suffice for [`NEVER_VERIFIED`].
fn state<'a>(id: UserId, state: &str, condition: &'a str, now: Timestamp) -> ConditionalUpdate<'a> {
    ConditionalUpdate {
        key: key("id", id),
        update: "SET #unverified = :state, #unverified_at = :now",
        condition,
        values: vec![
            ("state", text(state)),
            ("now", millis(now)),
            ("true", flag(true)),
            ("false", flag(false)),
            ("zero", number(0)),
        ],
    }
}
