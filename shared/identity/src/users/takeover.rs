use auth::UserId;
use dynamo::{ConditionalUpdate, Row, TransactionPart, flag, key, millis, number, text};
use jiff::Timestamp;

use super::table::Users;
use crate::error::{Error, Result};
use crate::login_names::{LoginName, LoginNamesTable};

/// The account was not closed since it was read, and still never had a verified email or a role
/// (`Account::never_verified`).
pub(super) const NEVER_VERIFIED: &str = "attribute_not_exists(#erased_at) AND #email_verified = :false \
                                         AND #email_epoch = :zero AND #is_staff = :false AND #is_superuser = :false";

/// An email address that the owner of the mailbox claims for an account. Nobody has the address, or an account that never
/// verified it and so loses it.
#[derive(Clone, Debug)]
pub(crate) struct ProvenEmail {
    name: LoginName,
    holder: Option<Holder>,
}

#[derive(Clone, Copy, Debug)]
struct Holder {
    id: UserId,
    is_marked: bool,
}

impl ProvenEmail {
    /// The account that the claim closes and marks for erasure, if any. Its erasure must be queued before the claim is
    /// written, so that every mark has a job.
    pub(crate) fn closes(&self) -> Option<UserId> {
        self.holder.filter(|holder| !holder.is_marked).map(|holder| holder.id)
    }
}

impl Users {
    /// Looks up who has an email, for a caller who proved to own the mailbox.
    ///
    /// # Errors
    /// [`Error::EmailTaken`] if the account that has it does not give way (`Account::never_verified`), or is closed; or when
    /// DynamoDB can't answer.
    pub(crate) async fn proven_email(&self, email: &str) -> Result<ProvenEmail> {
        let name = LoginName::of_email(email);
        let Some(item) = self.names.get(name.key()).await? else { return Ok(ProvenEmail { name, holder: None }) };
        let id = Row::new::<LoginNamesTable>(&item).user_id("user_id")?;
        match self.read(id).await? {
            // Just erased, and the name with it.
            None => Ok(ProvenEmail { name, holder: None }),
            // An account that an operator closed keeps its email: otherwise its owner could have it erased.
            Some(account) if account.never_verified() && (account.is_active || account.is_erased) => {
                Ok(ProvenEmail { name, holder: Some(Holder { id, is_marked: account.is_erased }) })
            }
            Some(_) => Err(Error::EmailTaken),
        }
    }

    /// The parts of a transaction by which a proven email becomes a user's. Their conditions fail if somebody took or
    /// verified the email since it was looked up.
    pub(crate) fn take(&self, proven: &ProvenEmail, user: UserId, now: Timestamp) -> Result<Vec<TransactionPart>> {
        let Some(holder) = proven.holder else { return Ok(vec![self.claim(&proven.name, user)?]) };
        let mut parts = vec![self.names.update_part(ConditionalUpdate {
            key: proven.name.key(),
            update: "SET #user_id = :user_id",
            condition: "#user_id = :holder",
            values: vec![("user_id", text(user)), ("holder", text(holder.id))],
        })?];
        if !holder.is_marked {
            let condition = format!("#is_active = :true AND {NEVER_VERIFIED}");
            let mut close = closing(holder.id, &condition, now);
            close.values.push(("true", flag(true)));
            parts.push(self.accounts.update_part(close)?);
        }
        Ok(parts)
    }
}

/// Closes an account that was never verified, and marks it for erasure.
pub(super) fn closing(id: UserId, condition: &str, now: Timestamp) -> ConditionalUpdate<'_> {
    ConditionalUpdate {
        key: key("id", id),
        update: "SET #is_active = :false, #epoch = #epoch + :one, #erased_at = :now REMOVE #unverified, #unverified_at",
        condition,
        values: vec![("false", flag(false)), ("zero", number(0)), ("one", number(1)), ("now", millis(now))],
    }
}
