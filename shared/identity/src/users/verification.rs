use auth::UserId;
use aws_sdk_dynamodb::types::AttributeValue;
use dynamo::{ConditionalUpdate, Item, RAISE_VERSION, Written, bytes, flag, key, millis, number, text};
use jiff::Timestamp;

use super::account::Account;
use super::table::Users;
use super::takeover::ProvenEmail;
use crate::authority::OwnsAccount;
use crate::error::{Error, Result};
use crate::login_names::LoginName;
use crate::mail_tokens::{Redeemed, VerifyEmail};

/// What a verification writes besides the email. The account then no longer ends as an unverified one.
const VERIFIED: &str = "#email_verified = :true, #verified_by = :digest, #verified_at = :now";

/// The values of a verification, on condition that the email is the one that was read.
fn verified(redeemed: &Redeemed<VerifyEmail>, email_epoch: u64, now: Timestamp) -> Vec<(&'static str, AttributeValue)> {
    vec![
        ("email_epoch", number(email_epoch)),
        ("true", flag(true)),
        ("digest", bytes(&redeemed.digest)),
        ("now", millis(now)),
        ("zero", number(0)),
        ("one", number(1)),
    ]
}

impl Users {
    /// Marks the email as verified by a token that was mailed to it, and by its account's owner. Verification invalidates
    /// all other tokens of the email. The same token again changes nothing.
    ///
    /// # Errors
    /// [`Error::MailTokenInvalid`] if the token is another account's, another token verified the email already, or the
    /// email changed since the token was sent; or when DynamoDB does not answer.
    pub async fn verify_email(
        &self,
        redeemed: &Redeemed<VerifyEmail>,
        owner: &impl OwnsAccount,
        now: Timestamp,
    ) -> Result<Written> {
        // The token stays valid: its own account can still use it.
        if owner.account() != redeemed.user_id() {
            return Err(Error::MailTokenInvalid);
        }
        let update = format!("SET {VERIFIED}, {RAISE_VERSION} REMOVE #unverified, #unverified_at");
        let change = ConditionalUpdate {
            key: key("id", redeemed.user_id()),
            update: &update,
            condition: "#email_epoch = :email_epoch AND #is_active = :true AND NOT #email_verified = :true",
            values: verified(redeemed, redeemed.email_epoch, now),
        };
        match self.accounts.update(change).await? {
            Ok(_) => Ok(Written::Done),
            Err(there) => verified_before(&there.unwrap_or_default(), redeemed, now),
        }
    }

    /// The account that a mailed token belongs to, as it is now.
    ///
    /// # Errors
    /// [`Error::MailTokenInvalid`] if the account was deleted, or when DynamoDB does not answer.
    pub async fn claimant(&self, redeemed: &Redeemed<VerifyEmail>) -> Result<Account> {
        self.read(redeemed.user_id()).await?.ok_or(Error::MailTokenInvalid)
    }

    /// What a verification of the email that the owner asked for will change. `None` if this token made the change
    /// already.
    ///
    /// # Errors
    /// [`Error::MailTokenInvalid`] if the token is another account's, or the owner asked for another email since it was
    /// sent; [`Error::EmailTaken`] if another account verified the email; or when DynamoDB does not answer.
    pub async fn claimable(&self, redeemed: &Redeemed<VerifyEmail>, account: &Account) -> Result<Option<EmailClaim>> {
        if account.profile.id != redeemed.user_id() || !account.is_active {
            return Err(Error::MailTokenInvalid);
        }
        if account.email_verified && account.verified_by == Some(redeemed.digest) {
            return Ok(None);
        }
        let pending = account.pending_email.as_ref().filter(|_| redeemed.pending_epoch == Some(account.pending_epoch));
        let email = pending.ok_or(Error::MailTokenInvalid)?.clone();
        let from = LoginName::of_email(&account.profile.email);
        if LoginName::of_email(&email) == from {
            // An earlier version changed the email while this one was pending.
            return Err(Error::MailTokenInvalid);
        }
        let proven = self.proven_email(&email).await?;
        Ok(Some(EmailClaim { redeemed: redeemed.clone(), from, email, email_epoch: account.email_epoch, proven }))
    }

    /// Makes the email that the owner asked for the account's: the email is verified, and the old one becomes free.
    /// Returns `false` if something changed since the claim was read.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn claim_email(&self, claim: &EmailClaim, now: Timestamp) -> Result<bool> {
        let id = claim.redeemed.user_id();
        let mut values = verified(&claim.redeemed, claim.email_epoch, now);
        values.extend([
            ("email", text(&claim.email)),
            ("next", number(claim.email_epoch.saturating_add(1))),
            ("pending_epoch", number(claim.redeemed.pending_epoch.unwrap_or_default())),
        ]);
        let update = format!(
            "SET {VERIFIED}, #email = :email, #email_epoch = :next, {RAISE_VERSION} \
             REMOVE #pending_email, #unverified, #unverified_at"
        );
        let account = self.accounts.update_part(ConditionalUpdate {
            key: key("id", id),
            update: &update,
            condition: "#pending_email = :email AND #pending_epoch = :pending_epoch AND #email_epoch = :email_epoch \
                        AND #is_active = :true",
            values,
        })?;
        let mut parts = vec![account, self.release(&claim.from, id)?];
        parts.extend(self.take(&claim.proven, id, now)?);
        Ok(self.accounts.db().transact(parts).await?.is_ok())
    }
}

/// An email that becomes an account's verified email.
#[derive(Clone, Debug)]
pub struct EmailClaim {
    redeemed: Redeemed<VerifyEmail>,
    /// The email that becomes free.
    from: LoginName,
    email: String,
    email_epoch: u64,
    proven: ProvenEmail,
}

impl EmailClaim {
    /// The account that never verified this email, and that the claim closes. Queue its erasure before the claim is made.
    pub fn closes(&self) -> Option<UserId> {
        self.proven.closes()
    }
}

/// Whether this token verified the email before, by the item as it is.
fn verified_before(there: &Item, redeemed: &Redeemed<VerifyEmail>, now: Timestamp) -> Result<Written> {
    let is = |name: &str, value: AttributeValue| there.get(name) == Some(&value);
    let current = is("email_epoch", number(redeemed.email_epoch)) && is("is_active", flag(true));
    match current && is("verified_by", bytes(&redeemed.digest)) {
        // An earlier attempt of this call made the change without receiving the response.
        true if is("verified_at", millis(now)) => Ok(Written::Done),
        true => Ok(Written::Unchanged),
        false => Err(Error::MailTokenInvalid),
    }
}
