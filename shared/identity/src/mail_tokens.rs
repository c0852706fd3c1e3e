use std::marker::PhantomData;

use auth::{Digest, MailToken, UserId};
use dynamo::{Db, Item, Row, Table, TableClient, bytes, item, millis, number, text};
use jiff::{SignedDuration, Timestamp};

use crate::error::{Error, Result};
use crate::users::Recipient;

/// The purpose of a mailed token. Sealed: there are exactly three purposes.
pub trait Purpose: sealed::Sealed + Send + Sync + 'static {
    /// The stored name of the purpose.
    const NAME: &'static str;
    /// How long a token is valid.
    const LIFE: SignedDuration;
    /// The stored name for an email that is pending, if there is such a token. Another name, because earlier versions would
    /// take the token for one of the present email.
    const NAME_IF_PENDING: Option<&'static str> = None;
}

/// Verifying an email. The token is valid for a day.
#[derive(Clone, Copy, Debug)]
pub struct VerifyEmail;

/// Setting a new password. The token is valid for 30 minutes.
#[derive(Clone, Copy, Debug)]
pub struct ResetPassword;

/// Making an account of an invitation. The token is valid for a week.
#[derive(Clone, Copy, Debug)]
pub struct AcceptInvitation;

impl Purpose for VerifyEmail {
    const NAME: &'static str = "verify_email";
    const LIFE: SignedDuration = SignedDuration::from_hours(24);
    const NAME_IF_PENDING: Option<&'static str> = Some("verify_pending_email");
}

impl Purpose for ResetPassword {
    const NAME: &'static str = "reset_password";
    const LIFE: SignedDuration = SignedDuration::from_mins(30);
}

impl Purpose for AcceptInvitation {
    const NAME: &'static str = "accept_invitation";
    const LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::VerifyEmail {}
    impl Sealed for super::ResetPassword {}
    impl Sealed for super::AcceptInvitation {}
}

/// A presented token that was found valid, for the purpose `P` only. Only [`MailTokens::find`] makes one.
///
/// ```compile_fail,E0308
/// use identity::{Redeemed, ResetPassword, VerifyEmail};
///
/// fn stretch(verified: Redeemed<VerifyEmail>) -> Redeemed<ResetPassword> {
///     verified
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Redeemed<P> {
    user_id: UserId,
    /// The user's epochs when the token was mailed.
    pub(crate) epoch: u64,
    pub(crate) email_epoch: u64,
    /// The number of the request for another email, if the token was mailed to that one.
    pub(crate) pending_epoch: Option<u64>,
    /// The token's digest.
    pub(crate) digest: Digest,
    purpose: PhantomData<P>,
}

impl<P> Redeemed<P> {
    /// The id of the token's account.
    pub fn user_id(&self) -> UserId {
        self.user_id
    }

    /// Whether the token was mailed to an email that the owner asked for, and not to the present one.
    pub fn is_of_pending(&self) -> bool {
        self.pending_epoch.is_some()
    }
}

/// The account that a token is mailed for, as it is then.
#[derive(Clone, Copy, Debug)]
pub struct TokenOwner {
    pub(crate) user_id: UserId,
    pub(crate) epoch: u64,
    pub(crate) email_epoch: u64,
    pub(crate) pending_epoch: Option<u64>,
}

impl From<&Recipient> for TokenOwner {
    fn from(to: &Recipient) -> Self {
        let &Recipient { user_id, epoch, email_epoch, pending_epoch, .. } = to;
        Self { user_id, epoch, email_epoch, pending_epoch }
    }
}

/// Table `mail_tokens`: digests of the tokens in mailed links.
#[derive(Clone, Debug)]
pub struct MailTokens(TableClient<MailTokensTable>);

#[derive(Debug)]
pub(crate) struct MailTokensTable;

impl Table for MailTokensTable {
    const NAME: &'static str = "mail_tokens";
    const KEY: &'static [&'static str] = &["user_id", "digest"];
}

impl MailTokens {
    /// The table of a stack.
    pub fn new(db: &Db) -> Self {
        Self(db.table())
    }

    /// Stores a token that is about to be mailed.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn insert<P: Purpose>(&self, to: impl Into<TokenOwner>, token: &MailToken, now: Timestamp) -> Result<()> {
        let to = to.into();
        let ends = now.saturating_add(P::LIFE).unwrap_or(now);
        let mut item = token_key(to.user_id, &token.digest());
        let pending = to.pending_epoch.zip(P::NAME_IF_PENDING);
        let rest = [
            ("purpose", text(pending.map_or(P::NAME, |(_, name)| name))),
            ("epoch", number(to.epoch)),
            ("email_epoch", number(to.email_epoch)),
            ("created_at", millis(now)),
            ("expires_at", number(ends.as_second())),
        ];
        item.extend(dynamo::item(rest));
        if let Some((epoch, _)) = pending {
            item.insert("pending_epoch".to_owned(), number(epoch));
        }
        Ok(self.0.put(item).await?)
    }

    /// The record of a token, if the token is valid for this purpose and has not expired.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn find<P: Purpose>(&self, token: &MailToken, now: Timestamp) -> Result<Option<Redeemed<P>>> {
        let item = self.0.get(token_key(token.user_id(), &token.digest())).await?;
        let Some(item) = item else { return Ok(None) };
        let row = Row::new::<MailTokensTable>(&item);
        let purpose = row.text("purpose")?;
        let is_of_pending = P::NAME_IF_PENDING == Some(purpose);
        if !is_of_pending && purpose != P::NAME || row.seconds("expires_at")? <= now {
            return Ok(None);
        }
        Ok(Some(Redeemed {
            user_id: token.user_id(),
            epoch: row.number("epoch")?,
            email_epoch: row.number("email_epoch")?,
            pending_epoch: is_of_pending.then(|| row.number("pending_epoch")).transpose()?,
            digest: token.digest(),
            purpose: PhantomData,
        }))
    }

    /// Turns a mailed token into a proof. `None` stands for text that can't be a token.
    ///
    /// # Errors
    /// [`Error::MailTokenInvalid`] when the token is not valid for this purpose, or no longer valid.
    pub async fn redeem<P: Purpose>(&self, token: Option<&MailToken>, now: Timestamp) -> Result<Redeemed<P>> {
        let token = token.ok_or(Error::MailTokenInvalid)?;
        self.find(token, now).await?.ok_or(Error::MailTokenInvalid)
    }

    #[cfg(feature = "endpoints")]
    pub(crate) fn table(&self) -> &TableClient<MailTokensTable> {
        &self.0
    }
}

fn token_key(user: UserId, digest: &Digest) -> Item {
    item([("user_id", text(user)), ("digest", bytes(digest))])
}
