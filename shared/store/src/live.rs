use auth::{Live, LiveSession, LiveSource, LiveUser, Roles, SessionId, Source, UserId};

use crate::db::{Db, Item, Table};
use crate::error::Result;
use crate::row::{Row, key};
use crate::sessions::Session;
use crate::users::epoch;

/// Users and sessions as they are at this moment, for the check of every authenticated call.
#[derive(Clone, Debug)]
pub struct LiveRecords(Db);

impl LiveRecords {
    /// The records of a stack.
    pub fn new(db: Db) -> Self {
        Self(db)
    }

    async fn read(&self, user: UserId, session: SessionId) -> Result<Live> {
        let keys = vec![(Table::Users, key("id", user)), (Table::Sessions, key("id", session))];
        let mut live = Live { user: None, session: None };
        for (table, item) in self.0.batch_get(keys).await? {
            match table {
                Table::Users => live.user = Some(live_user(&item)?),
                _ => live.session = Some(live_session(&item)?),
            }
        }
        Ok(live)
    }
}

impl LiveSource for LiveRecords {
    async fn live(&self, user: UserId, session: SessionId) -> Result<Live, Source> {
        Ok(self.read(user, session).await?)
    }
}

fn live_user(item: &Item) -> Result<LiveUser> {
    let row = Row::new(Table::Users, item);
    let roles = Roles { is_staff: row.flag("is_staff")?, is_superuser: row.flag("is_superuser")? };
    Ok(LiveUser { is_active: row.flag("is_active")?, roles, epoch: epoch(row)? })
}

fn live_session(item: &Item) -> Result<LiveSession> {
    let session = Session::read(item)?;
    Ok(LiveSession {
        user_id: session.user_id,
        epoch: session.epoch,
        revoked: session.revoked,
        expires_at: session.expires_at,
    })
}
