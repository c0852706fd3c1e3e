use std::collections::HashMap;

use auth::{SessionId, UserId};
use jiff::Timestamp;

use super::Session;
use crate::cursor::Cursor;
use crate::db::{Db, Item, Table};
use crate::error::{Error, Result};
use crate::page::Listing;
use crate::row::{Row, key, number, text};

/// The sessions of one user that are alive. The index only names them: whether they live is read consistently.
pub(super) struct Alive<'a> {
    db: &'a Db,
    user_id: UserId,
    owner: String,
    epoch: u64,
    now: Timestamp,
}

/// A position in the list: `created_at` in milliseconds, and the session.
type Position = (i64, SessionId);

impl<'a> Alive<'a> {
    pub(super) fn new(db: &'a Db, (user_id, epoch): (UserId, u64), now: Timestamp) -> Self {
        Self { db, user_id, owner: user_id.to_string(), epoch, now }
    }

    fn list(&self) -> Cursor<'_> {
        Cursor { list: "sessions", partition: &self.owner }
    }

    pub(super) fn after(&self, cursor: &str) -> Result<Item> {
        let [created_at, id] = self.list().decode::<2>(cursor)?;
        let created_at: i64 = created_at.parse().map_err(|_| Error::Cursor)?;
        let id = SessionId::parse(&id).ok_or(Error::Cursor)?;
        let position = [("id", text(id)), ("user_id", text(self.user_id)), ("created_at", number(created_at))];
        Ok(position.map(|(name, value)| (name.to_owned(), value)).into())
    }

    fn lives(&self, session: &Session) -> bool {
        session.user_id == self.user_id
            && session.epoch == self.epoch
            && !session.revoked
            && session.expires_at > self.now
    }
}

impl Listing for Alive<'_> {
    type Position = Position;
    type Item = Session;

    async fn positions(&self, limit: i32, start: Option<Item>) -> Result<(Vec<Position>, Option<Item>)> {
        let query = self.db.client.query().table_name(self.db.name(Table::Sessions)).index_name("by_user");
        let query = query
            .key_condition_expression("#user_id = :user_id")
            .expression_attribute_names("#user_id", "user_id")
            .expression_attribute_values(":user_id", text(self.user_id))
            .scan_index_forward(false)
            .limit(limit)
            .set_exclusive_start_key(start);
        let answer = query.send().await?;
        let position = |item: &Item| {
            let row = Row::new(Table::Sessions, item);
            Ok((row.number("created_at")?, SessionId::parse(row.text("id")?).ok_or(row.corrupt("id"))?))
        };
        let positions = answer.items.unwrap_or_default().iter().map(position).collect::<Result<_>>()?;
        Ok((positions, answer.last_evaluated_key))
    }

    async fn living(&self, positions: Vec<Position>) -> Result<Vec<(Position, Session)>> {
        let keys = positions.iter().map(|(_, id)| (Table::Sessions, key("id", id))).collect();
        let mut sessions = HashMap::new();
        for (_, item) in self.db.batch_get(keys).await? {
            let session = Session::read(&item)?;
            if self.lives(&session) {
                sessions.insert(session.id, session);
            }
        }
        let take = |at: Position| sessions.remove(&at.1).map(|session| (at, session));
        Ok(positions.into_iter().filter_map(take).collect())
    }

    fn cursor(&self, (created_at, id): &Position) -> String {
        self.list().encode(&[&created_at.to_string(), &id.to_string()])
    }
}
