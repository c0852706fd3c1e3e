use auth::{Digest, MailToken, UserId};
use aws_sdk_dynamodb::types::TransactWriteItem;
use jiff::{SignedDuration, Timestamp};

use crate::change::Change;
use crate::db::{Db, Item, Table};
use crate::error::Result;
use crate::row::{Row, bytes, millis, number, text};
use crate::users::{Erasure, Recipient};

/// What a mailed token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Verifying an email: for a day.
    VerifyEmail,
    /// Setting a new password: for 30 minutes.
    ResetPassword,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Purpose::VerifyEmail => "verify_email",
            Purpose::ResetPassword => "reset_password",
        }
    }

    /// How long a token is good.
    pub const fn life(self) -> SignedDuration {
        match self {
            Purpose::VerifyEmail => SignedDuration::from_hours(24),
            Purpose::ResetPassword => SignedDuration::from_mins(30),
        }
    }
}

/// A token that was presented and found. Only [`MailTokens::find`] makes one.
#[derive(Clone, Debug)]
pub struct Redeemed {
    user_id: UserId,
    digest: Digest,
    /// The user's epochs when it was mailed.
    pub(crate) epoch: u64,
    pub(crate) email_epoch: u64,
}

impl Redeemed {
    /// Whose account it is for.
    pub fn user_id(&self) -> UserId {
        self.user_id
    }
}

/// Table `mail_tokens`: digests of the tokens in mailed links.
#[derive(Clone, Debug)]
pub struct MailTokens(Db);

impl MailTokens {
    /// The table of a stack.
    pub fn new(db: Db) -> Self {
        Self(db)
    }

    /// Stores a token that is about to be mailed.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn insert(&self, to: &Recipient, token: &MailToken, purpose: Purpose, now: Timestamp) -> Result<()> {
        let ends = now.saturating_add(purpose.life()).unwrap_or(now);
        let mut item = token_key(to.user_id, &token.digest());
        let rest = [
            ("purpose", text(purpose.as_str())),
            ("epoch", number(to.epoch)),
            ("email_epoch", number(to.email_epoch)),
            ("created_at", millis(now)),
            ("expires_at", number(ends.as_second())),
        ];
        item.extend(rest.map(|(name, value)| (name.to_owned(), value)));
        self.0.client.put_item().table_name(self.0.name(Table::MailTokens)).set_item(Some(item)).send().await?;
        Ok(())
    }

    /// The stored side of a token, if it is good for this purpose and has not expired.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn find(&self, token: &MailToken, purpose: Purpose, now: Timestamp) -> Result<Option<Redeemed>> {
        let get = self.0.client.get_item().table_name(self.0.name(Table::MailTokens));
        let get = get.set_key(Some(token_key(token.user_id(), &token.digest()))).consistent_read(true);
        let Some(item) = get.send().await?.item else { return Ok(None) };
        let row = Row::new(Table::MailTokens, &item);
        if row.text("purpose")? != purpose.as_str() || row.seconds("expires_at")? <= now {
            return Ok(None);
        }
        Ok(Some(Redeemed {
            user_id: token.user_id(),
            digest: token.digest(),
            epoch: row.number("epoch")?,
            email_epoch: row.number("email_epoch")?,
        }))
    }

    /// Removes all tokens of an account that is being erased.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn purge(&self, erasure: &Erasure) -> Result<()> {
        self.0.purge(erasure, Table::MailTokens, None, &["user_id", "digest"]).await
    }
}

impl Db {
    /// A part of a transaction: the token is used up, if it was not.
    pub(crate) fn part_redeem(&self, redeemed: &Redeemed) -> Result<TransactWriteItem> {
        self.part_delete(Change {
            table: Table::MailTokens,
            key: token_key(redeemed.user_id, &redeemed.digest),
            update: "",
            condition: "attribute_exists(#digest)",
            values: Vec::new(),
        })
    }
}

fn token_key(user: UserId, digest: &Digest) -> Item {
    Item::from([("user_id".to_owned(), text(user)), ("digest".to_owned(), bytes(digest))])
}
