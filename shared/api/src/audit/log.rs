use auth::{RecentAuth, Superuser};
use dynamo::{
    Cursor, Db, Error, Item, List, Page, PageRequest, Positions, Result, Row, Table, TableClient, TableKey, item, text,
};
use operator::Operator;

use super::query::AuditQuery;
use super::row::AuditRow;
use super::table::AuditTable;
use crate::part::table_part;

mod sealed {
    pub trait Sealed {}
    impl Sealed for auth::RecentAuth<auth::Superuser> {}
    impl Sealed for operator::Operator {}
}

/// May read the audit: superusers who authenticated recently, and the operator. Sealed: no other crate can add a proof.
pub trait ReadsAudit: sealed::Sealed + Sync {}
impl ReadsAudit for RecentAuth<Superuser> {}
impl ReadsAudit for Operator {}

/// Reads the table `audit`, and can't write it.
#[derive(Clone, Debug)]
pub struct AuditLog(TableClient<AuditTable>);

table_part! {
    AuditLog: AuditTable::NAME;
}

impl AuditLog {
    /// The table of a stack.
    pub fn new(db: &Db) -> Self {
        Self(db.table())
    }

    /// A page of the rows, newest first. The rows of an actor may lag behind recent acts.
    ///
    /// # Errors
    /// [`Error::Cursor`] when the cursor belongs to another list, or when DynamoDB does not answer.
    pub async fn newest(&self, _: &impl ReadsAudit, query: &AuditQuery, page: &PageRequest) -> Result<Page<AuditRow>> {
        let acts = Acts { table: &self.0, query };
        let start = page.cursor.as_deref().map(|cursor| acts.after(cursor)).transpose()?;
        acts.page(self.0.db(), page.limit, start).await
    }
}

/// The rows of one subject or actor.
struct Acts<'a> {
    table: &'a TableClient<AuditTable>,
    query: &'a AuditQuery,
}

impl Acts<'_> {
    /// The index, the name and the value of its partition key.
    fn partition(&self) -> (Option<&'static str>, &'static str, &str) {
        let (name, value) = self.query.parameter();
        (matches!(self.query, AuditQuery::Actor(_)).then_some("by_actor"), name, value)
    }

    fn list(&self) -> Cursor<'_> {
        let (_, list, partition) = self.partition();
        Cursor { list, partition }
    }

    fn after(&self, cursor: &str) -> Result<Item> {
        let [subject, id] = self.list().decode::<2>(cursor)?;
        let (_, name, value) = self.partition();
        let whole = !subject.is_empty() && !id.is_empty() && (name != "subject" || subject == value);
        let mut key = item([("subject", text(subject)), ("id", text(id))]);
        key.insert(name.to_owned(), text(value));
        whole.then_some(key).ok_or(Error::Cursor)
    }
}

impl List for Acts<'_> {
    type Item = AuditRow;
    const KEYS_ONLY: bool = false;

    async fn entries(&self, limit: i32, start: Option<Item>) -> Result<Positions> {
        self.table.entries(self.partition(), limit, start).await
    }

    fn table_key(&self, entry: &Item) -> TableKey {
        let key = entry.iter().filter(|(name, _)| AuditTable::KEY.contains(&name.as_str()));
        self.table.key(key.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    fn read(&self, item: &Item) -> Result<Option<AuditRow>> {
        AuditRow::read(item).map(Some)
    }

    fn cursor(&self, entry: &Item) -> Result<String> {
        let row = Row::new::<AuditTable>(entry);
        Ok(self.list().encode(&[row.text("subject")?, row.text("id")?]))
    }
}
