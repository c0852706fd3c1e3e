use api::{Act, AuditEntry};
use auth::UserId;
use dynamo::{Cursor, Item, List, Page, PageRequest, Positions, Row, TableClient, TableKey, item, key, text};

use super::account::{Account, UsersTable};
use super::table::Users;
use crate::authority::ReadsUsers;

const ALL: Cursor<'static> = Cursor { list: "users", partition: "all" };

/// The subject of acts on an account.
pub(super) fn subject(id: UserId) -> String {
    format!("users/{id}")
}

impl Users {
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
        let after = |cursor: &str| -> dynamo::Result<_> {
            let [id] = ALL.decode::<1>(cursor)?;
            Ok(key("id", UserId::parse(&id).ok_or(dynamo::Error::Cursor)?))
        };
        let start = page.cursor.as_deref().map(after).transpose()?;
        let page = AllUsers(&self.accounts).page(self.accounts.db(), page.limit, start).await?;
        let shown = page.items.iter().map(|account| account.profile.id);
        act.read(AuditEntry::of("users_listed", "users").shown(shown)).await?;
        Ok(page)
    }
}

/// All accounts, in the order of a scan.
struct AllUsers<'a>(&'a TableClient<UsersTable>);

impl List for AllUsers<'_> {
    type Item = Account;
    const KEYS_ONLY: bool = false;

    async fn entries(&self, limit: i32, start: Option<Item>) -> dynamo::Result<Positions> {
        let scan = self.0.scan(limit).consistent_read(true).set_exclusive_start_key(start);
        let output = scan.send().await?;
        Ok((output.items.unwrap_or_default(), output.last_evaluated_key))
    }

    fn table_key(&self, entry: &Item) -> TableKey {
        self.0.key(item([("id", entry.get("id").cloned().unwrap_or_else(|| text("")))]))
    }

    fn read(&self, item: &Item) -> dynamo::Result<Option<Account>> {
        Ok(Some(Account::read(item)?).filter(|account| !account.is_erased))
    }

    fn cursor(&self, entry: &Item) -> dynamo::Result<String> {
        let row = Row::new::<UsersTable>(entry);
        Ok(ALL.encode(&[&row.user_id("id")?.to_string()]))
    }
}
