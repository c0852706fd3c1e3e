use std::marker::PhantomData;

use auth::{Digest, MailToken, UserId};
use jiff::{SignedDuration, Timestamp};

use crate::db::{Db, Item, Table};
use crate::error::Result;
use crate::row::{Row, bytes, millis, number, text};
use crate::users::{Erasure, Recipient};

/// What a mailed token is good for. Sealed: there are two.
pub trait Purpose: sealed::Sealed + Send + Sync + 'static {
    /// Its name, as it is stored.
    const NAME: &'static str;
    /// How long a token is good.
    const LIFE: SignedDuration;
}

/// Verifying an email: for a day.
#[derive(Clone, Copy, Debug)]
pub struct VerifyEmail;

/// Setting a new password: for 30 minutes.
#[derive(Clone, Copy, Debug)]
pub struct ResetPassword;

impl Purpose for VerifyEmail {
    const NAME: &'static str = "verify_email";
    const LIFE: SignedDuration = SignedDuration::from_hours(24);
}

impl Purpose for ResetPassword {
    const NAME: &'static str = "reset_password";
    const LIFE: SignedDuration = SignedDuration::from_mins(30);
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::VerifyEmail {}
    impl Sealed for super::ResetPassword {}
}

/// A token that was presented and found, good for `P` and nothing else. Only [`MailTokens::find`] makes one.
///
/// ```compile_fail,E0308
/// use store::{Redeemed, ResetPassword, VerifyEmail};
///
/// fn stretch(verified: Redeemed<VerifyEmail>) -> Redeemed<ResetPassword> {
///     verified
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Redeemed<P> {
    user_id: UserId,
    /// The user's epochs when it was mailed.
    pub(crate) epoch: u64,
    pub(crate) email_epoch: u64,
    purpose: PhantomData<P>,
}

impl<P> Redeemed<P> {
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
    pub async fn insert<P: Purpose>(&self, to: &Recipient, token: &MailToken, now: Timestamp) -> Result<()> {
        let ends = now.saturating_add(P::LIFE).unwrap_or(now);
        let mut item = token_key(to.user_id, &token.digest());
        let rest = [
            ("purpose", text(P::NAME)),
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
    pub async fn find<P: Purpose>(&self, token: &MailToken, now: Timestamp) -> Result<Option<Redeemed<P>>> {
        let get = self.0.client.get_item().table_name(self.0.name(Table::MailTokens));
        let get = get.set_key(Some(token_key(token.user_id(), &token.digest()))).consistent_read(true);
        let Some(item) = get.send().await?.item else { return Ok(None) };
        let row = Row::new(Table::MailTokens, &item);
        if row.text("purpose")? != P::NAME || row.seconds("expires_at")? <= now {
            return Ok(None);
        }
        Ok(Some(Redeemed {
            user_id: token.user_id(),
            epoch: row.number("epoch")?,
            email_epoch: row.number("email_epoch")?,
            purpose: PhantomData,
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

fn token_key(user: UserId, digest: &Digest) -> Item {
    Item::from([("user_id".to_owned(), text(user)), ("digest".to_owned(), bytes(digest))])
}
