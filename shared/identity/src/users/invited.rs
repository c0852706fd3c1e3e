use auth::{Roles, UserId};
use dynamo::{TransactionPart, Write, Written, bytes, millis};
use jiff::Timestamp;

use super::account::{Account, NewUser};
use super::table::Users;
use super::takeover::ProvenEmail;
use crate::error::{Error, Result};
use crate::login_names::LoginName;
use crate::mail_tokens::{AcceptInvitation, Redeemed};

/// What became of the account of an invitation.
#[derive(Debug)]
pub(crate) enum Made {
    /// It was made.
    Done(Box<Account>),
    /// It was not made, because a name is taken.
    Taken(Error),
    /// It was not made, because the invitation or the email is not as it was read.
    Changed,
}

impl Write for Made {
    fn written(&self) -> Written {
        if matches!(self, Made::Done(_)) { Written::Done } else { Written::Unchanged }
    }
}

impl Users {
    /// Creates the account of an invitation, without roles and with a verified email. `used` uses up the invitation in the
    /// same transaction.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub(crate) async fn create_invited(
        &self,
        redeemed: &Redeemed<AcceptInvitation>,
        new: &NewUser,
        proven: &ProvenEmail,
        used: TransactionPart,
    ) -> Result<Made> {
        let mut item = new.item(Roles::default(), true);
        // So that a repeat of the call is known.
        item.insert("reset_by".to_owned(), bytes(&redeemed.digest));
        item.insert("password_set_at".to_owned(), millis(new.created_at));
        let account = Account::read(&item)?;
        let mut parts =
            vec![used, self.accounts.insert_part(item)?, self.claim(&LoginName::from(&new.username), new.id)?];
        parts.extend(self.take(proven, new.id, new.created_at)?);
        match self.accounts.db().transact(parts).await? {
            Ok(()) => Ok(Made::Done(Box::new(account))),
            Err(failed) if failed.part(2) => Ok(Made::Taken(Error::UsernameTaken)),
            Err(_) => Ok(Made::Changed),
        }
    }

    /// The account that a mailed token made moments ago, if nothing has set its password since.
    pub(crate) async fn made_by(
        &self,
        redeemed: &Redeemed<AcceptInvitation>,
        now: Timestamp,
    ) -> Result<Option<Account>> {
        let account = self.read(redeemed.user_id()).await?;
        Ok(account.filter(|account| {
            account.is_active && account.reset_by == Some(redeemed.digest) && account.set_password_lately(now)
        }))
    }

    /// Whether there is an active account with this id.
    pub(super) async fn is_there(&self, id: UserId) -> dynamo::Result<bool> {
        Ok(self.read(id).await?.is_some_and(|account| account.is_active))
    }
}
