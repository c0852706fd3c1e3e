use api::{Act, AuditEntry, Committed};
use auth::{Roles, UserId};
use dynamo::{FailedConditions, Item, LostRaces, Page, PageRequest, Row, Written, number};
use jiff::Timestamp;
use operator::Operator;

use super::account::{Account, NewUser, UsersTable, epoch};
use super::sign_out::next_epoch;
use super::table::{Users, not_created};
use crate::authority::ReadsUsers;
use crate::error::Result;

/// The subject of acts on an account.
pub(super) fn subject(id: UserId) -> String {
    format!("users/{id}")
}

impl Users {
    /// Creates an account with roles and a verified email, which no request can do.
    ///
    /// # Errors
    /// As for [`Users::create`].
    pub async fn create_with_roles(&self, act: &Act<'_, Operator>, new: &NewUser, roles: Roles) -> Result<Account> {
        let item = new.item(roles, true);
        let account = Account::read(&item)?;
        let entry = AuditEntry::of("user_created", subject(new.id)).created(&item, &["is_staff", "is_superuser"]);
        match act.write(self.accounts.db(), self.creation(new, item)?, entry, None).await? {
            Committed::Done => Ok(account),
            Committed::Failed(failed) => Err(not_created(&failed)),
            Committed::Repeated => Err(not_created(&FailedConditions::at(0))),
        }
    }

    /// Ends all sessions of an account.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn sign_out(&self, act: &Act<'_, Operator>, id: UserId, now: Timestamp) -> dynamo::Result<Written> {
        let mut races = LostRaces::default();
        loop {
            let Some(item) = self.item(id).await? else { return Ok(Written::Unchanged) };
            let epoch = epoch(Row::new::<UsersTable>(&item))?;
            let entry =
                AuditEntry::of("session_revoked", subject(id)).edited(&item, &[("epoch", number(epoch.next()))]);
            let parts = vec![self.accounts.update_part(next_epoch(id, epoch, now))?];
            match act.write(self.accounts.db(), parts, entry, None).await? {
                Committed::Done => return Ok(Written::Done),
                _ => races.wait().await?,
            }
        }
    }

    /// The account of any user, unless the account is marked for erasure. The audit is written beside the read: without its
    /// row there is no account.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn get(&self, act: &Act<'_, impl ReadsUsers>, id: UserId) -> dynamo::Result<Option<Account>> {
        let entry = AuditEntry::of("users_read", subject(id)).shown([id]);
        let (account, ()) = tokio::try_join!(self.read(id), act.read(entry))?;
        Ok(account.filter(|account| !account.is_erased))
    }

    /// All accounts, in no particular order, except accounts marked for erasure. Each page has its row in the audit.
    ///
    /// # Errors
    /// [`dynamo::Error::Cursor`] when the cursor belongs to another list, or when DynamoDB can't answer.
    pub async fn list(&self, act: &Act<'_, impl ReadsUsers>, page: &PageRequest) -> dynamo::Result<Page<Account>> {
        self.page_of_all(act, page, living, |account| account.profile.id).await
    }

    /// The ids of the accounts of [`Users::list`], and of those that can't be read otherwise.
    ///
    /// # Errors
    /// As for [`Users::list`].
    pub async fn ids(&self, act: &Act<'_, Operator>, page: &PageRequest) -> dynamo::Result<Page<UserId>> {
        self.page_of_all(act, page, living_id, |id| *id).await
    }

    async fn page_of_all<T: Send + Sync>(
        &self,
        act: &Act<'_, impl ReadsUsers>,
        page: &PageRequest,
        read: fn(&Item) -> dynamo::Result<Option<T>>,
        id: fn(&T) -> UserId,
    ) -> dynamo::Result<Page<T>> {
        let page = self.accounts.all(page, |id| UserId::parse(id).is_some(), read).await?;
        act.read(AuditEntry::of("users_listed", "users").shown(page.items.iter().map(id))).await?;
        Ok(page)
    }
}

fn living(item: &Item) -> dynamo::Result<Option<Account>> {
    Ok(Some(Account::read(item)?).filter(|account| !account.is_erased))
}

fn living_id(item: &Item) -> dynamo::Result<Option<UserId>> {
    let row = Row::new::<UsersTable>(item);
    Ok(Some(row.user_id("id")?).filter(|_| !row.has("erased_at")))
}
