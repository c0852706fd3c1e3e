use api::{Act, AuditEntry, Committed};
use auth::UserId;
use dynamo::{ConditionalUpdate, LostRaces, RAISE_VERSION, TransactionPart, flag, key, number, text};
use jiff::Timestamp;
use operator::Operator;

use super::account::Account;
use super::managed::subject;
use super::table::Users;
use super::takeover::{NEVER_VERIFIED, closing};
use crate::error::{Error, Result};
use crate::login_names::LoginName;

/// What became of the account that had a freed email.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freed {
    /// It was never verified, so it is closed and erased.
    Closed,
    /// It has a role, or was verified before with another email, so it stays. Its owner signs in with the username.
    Kept,
}

impl Users {
    /// What [`Users::free_email`] does to an account.
    ///
    /// # Errors
    /// [`Error::EmailVerified`], or [`Error::EmailFree`] if the email was freed already.
    pub fn freeing(account: &Account) -> Result<Freed> {
        match account {
            _ if account.email_verified => Err(Error::EmailVerified),
            _ if account.profile.email == nobodys_email(account.profile.id) => Err(Error::EmailFree),
            _ if account.never_verified() => Ok(Freed::Closed),
            _ => Ok(Freed::Kept),
        }
    }

    /// Takes the email from an account that has not verified it, so that the email is free. Queue the account's erasure
    /// before, in case it is closed.
    ///
    /// # Errors
    /// As for [`Users::freeing`], [`Error::ChangedMeanwhile`], or when DynamoDB does not answer.
    pub async fn free_email(&self, act: &Act<'_, Operator>, account: &Account, now: Timestamp) -> Result<Freed> {
        let (freed, id) = (Self::freeing(account)?, account.profile.id);
        let entry = AuditEntry::of("email_freed", subject(id)).after("closed", flag(freed == Freed::Closed));
        let mut races = LostRaces::default();
        loop {
            let mut parts = vec![self.release(&LoginName::of_email(&account.profile.email), id)?];
            parts.extend(match freed {
                Freed::Closed => vec![self.accounts.update_part(closing(id, NEVER_VERIFIED, now))?],
                Freed::Kept => self.replaced(account)?,
            });
            match act.write(self.accounts.db(), parts, entry.clone(), None).await? {
                Committed::Done => return Ok(freed),
                Committed::Failed(failed) if failed.part(0) || failed.part(1) => return Err(Error::ChangedMeanwhile),
                _ => races.wait().await?,
            }
        }
    }

    /// Gives the account an email that no mailbox has (RFC 2606), and that nobody else has.
    fn replaced(&self, account: &Account) -> Result<Vec<TransactionPart>> {
        let id = account.profile.id;
        let email = nobodys_email(id);
        let update =
            format!("SET #email = :email, #email_epoch = :next, {RAISE_VERSION} REMOVE #unverified, #unverified_at");
        let account = self.accounts.update_part(ConditionalUpdate {
            key: key("id", id),
            update: &update,
            condition: "#email_epoch = :epoch AND #email_verified = :false AND attribute_not_exists(#erased_at)",
            values: vec![
                ("email", text(&email)),
                ("epoch", number(account.email_epoch)),
                ("next", number(account.email_epoch.saturating_add(1))),
                ("false", flag(false)),
                ("zero", number(0)),
                ("one", number(1)),
            ],
        })?;
        Ok(vec![account, self.claim(&LoginName::of_email(&email), id)?])
    }
}

fn nobodys_email(id: UserId) -> String {
    format!("{id}@freed.invalid")
}

/// Each way of freeing an email is a change.
impl dynamo::Write for Freed {
    fn written(&self) -> dynamo::Written {
        dynamo::Written::Done
    }
}
