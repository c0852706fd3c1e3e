use auth::UserId;
use dynamo::{Cursor, Item, List, Page, PageRequest, Positions, Result, Row, TableClient, TableKey, item, key, text};
use jiff::Timestamp;

use super::model::{Invitation, InvitationsTable};

const ALL: Cursor<'static> = Cursor { list: "invitations", partition: "all" };

pub(super) async fn page(
    table: &TableClient<InvitationsTable>,
    page: &PageRequest,
    now: Timestamp,
) -> Result<Page<Invitation>> {
    let after = |cursor: &str| -> Result<_> {
        let [id] = ALL.decode::<1>(cursor)?;
        Ok(key("id", UserId::parse(&id).ok_or(dynamo::Error::Cursor)?))
    };
    let start = page.cursor.as_deref().map(after).transpose()?;
    Open { table, now }.page(table.db(), page.limit, start).await
}

/// The invitations that have not ended, in the order of a scan.
struct Open<'a> {
    table: &'a TableClient<InvitationsTable>,
    now: Timestamp,
}

impl List for Open<'_> {
    type Item = Invitation;
    const KEYS_ONLY: bool = false;

    async fn entries(&self, limit: i32, start: Option<Item>) -> Result<Positions> {
        let scan = self.table.scan(limit).consistent_read(true).set_exclusive_start_key(start);
        let output = scan.send().await?;
        Ok((output.items.unwrap_or_default(), output.last_evaluated_key))
    }

    fn table_key(&self, entry: &Item) -> TableKey {
        self.table.key(item([("id", entry.get("id").cloned().unwrap_or_else(|| text("")))]))
    }

    fn read(&self, item: &Item) -> Result<Option<Invitation>> {
        // DynamoDB deletes ended items late.
        Ok(Some(Invitation::read(item)?).filter(|invitation| invitation.expires_at > self.now))
    }

    fn cursor(&self, entry: &Item) -> Result<String> {
        let row = Row::new::<InvitationsTable>(entry);
        Ok(ALL.encode(&[&row.user_id("id")?.to_string()]))
    }
}
