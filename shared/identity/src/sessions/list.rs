use auth::{Epoch, SessionId, UserId};
use dynamo::{Cursor, Error, Item, List, Positions, Result, Row, TableClient, TableKey, item, number, text};
use jiff::Timestamp;

use super::session::{Session, SessionsTable};

/// The active sessions of one user. The index only lists the ids. The state of each session is read consistently.
pub(super) struct ActiveSessions<'a> {
    table: &'a TableClient<SessionsTable>,
    user_id: UserId,
    owner: String,
    epoch: Epoch,
    now: Timestamp,
}

impl<'a> ActiveSessions<'a> {
    pub(super) fn new(
        table: &'a TableClient<SessionsTable>,
        (user_id, epoch): (UserId, Epoch),
        now: Timestamp,
    ) -> Self {
        Self { table, user_id, owner: user_id.to_string(), epoch, now }
    }

    fn list(&self) -> Cursor<'_> {
        Cursor { list: "sessions", partition: &self.owner }
    }

    pub(super) fn after(&self, cursor: &str) -> Result<Item> {
        let [created_at, id] = self.list().decode::<2>(cursor)?;
        let created_at: i64 = created_at.parse().map_err(|_| Error::Cursor)?;
        let id = SessionId::parse(&id).ok_or(Error::Cursor)?;
        Ok(item([("id", text(id)), ("user_id", text(self.user_id)), ("created_at", number(created_at))]))
    }

    fn is_active(&self, session: &Session) -> bool {
        session.state().check(session.id, self.user_id, self.epoch, self.now).is_ok()
    }
}

impl List for ActiveSessions<'_> {
    type Item = Session;
    const KEYS_ONLY: bool = true;

    async fn entries(&self, limit: i32, start: Option<Item>) -> Result<Positions> {
        let query = self
            .table
            .query(limit)
            .index_name("by_user")
            .key_condition_expression("#user_id = :user_id")
            .expression_attribute_names("#user_id", "user_id")
            .expression_attribute_values(":user_id", text(self.user_id))
            .scan_index_forward(false)
            .set_exclusive_start_key(start);
        let output = query.send().await?;
        Ok((output.items.unwrap_or_default(), output.last_evaluated_key))
    }

    fn table_key(&self, entry: &Item) -> TableKey {
        self.table.key(item([("id", entry.get("id").cloned().unwrap_or_else(|| text("")))]))
    }

    fn read(&self, item: &Item) -> Result<Option<Session>> {
        Ok(Some(Session::read(item)?).filter(|session| self.is_active(session)))
    }

    fn cursor(&self, entry: &Item) -> Result<String> {
        let row = Row::new::<SessionsTable>(entry);
        let id = SessionId::parse(row.text("id")?).ok_or(row.corrupt("id"))?;
        let created_at: i64 = row.number("created_at")?;
        Ok(self.list().encode(&[&created_at.to_string(), &id.to_string()]))
    }
}
