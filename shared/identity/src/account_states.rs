use auth::{
    AccountRecord, AccountState, AccountStates, BoxFuture, Roles, SessionId, SessionState, SourceError, UserId,
    UserState,
};
use dynamo::{Db, Item, Result, Row, TableClient, key};

use crate::sessions::{Session, SessionsTable};
use crate::users::{UserRecord, UsersTable, epoch};

/// The stored accounts and sessions, for the check of every authenticated call.
#[derive(Clone, Debug)]
pub struct StoredAccountStates {
    users: TableClient<UsersTable>,
    sessions: TableClient<SessionsTable>,
}

impl StoredAccountStates {
    /// The accounts and sessions of a stack.
    pub fn new(db: &Db) -> Self {
        Self { users: db.table(), sessions: db.table() }
    }

    async fn read_both(&self, user: UserId, session: SessionId) -> Result<AccountState> {
        let keys = vec![self.users.key(key("id", user)), self.sessions.key(key("id", session))];
        let mut found = self.users.db().batch_get(keys).await?.into_iter();
        let (user, session) = (found.next().flatten(), found.next().flatten());
        Ok(AccountState {
            user: user.as_ref().map(user_state).transpose()?,
            session: session.as_ref().map(session_state).transpose()?,
            record: user.map(|item| AccountRecord::new(UserRecord(item))),
        })
    }
}

impl AccountStates for StoredAccountStates {
    fn read(&self, user: UserId, session: SessionId) -> BoxFuture<'_, Result<AccountState, SourceError>> {
        Box::pin(async move { Ok(self.read_both(user, session).await?) })
    }
}

fn user_state(item: &Item) -> Result<UserState> {
    let row = Row::new::<UsersTable>(item);
    let roles = Roles { is_staff: row.flag("is_staff")?, is_superuser: row.flag("is_superuser")? };
    let password_set_at = row.has("password_set_at").then(|| row.millis("password_set_at")).transpose()?;
    Ok(UserState { is_active: row.flag("is_active")?, roles, epoch: epoch(row)?, password_set_at })
}

fn session_state(item: &Item) -> Result<SessionState> {
    Ok(Session::read(item)?.state())
}
