use jiff::Timestamp;
use serde_json::{Value, json};
use store::{Account, Session};

use crate::error::{Error, Result};
use crate::{Desk, ask, pages};

pub async fn list(desk: &Desk, user: &str) -> Result<()> {
    let account = desk.target.account(&desk.operator, user).await?;
    let sessions: Vec<Value> = alive(desk, &account).await?.iter().map(shown).collect();
    let columns = ["ID", "CREATED", "LAST USED", "EXPIRES"];
    let names = ["id", "created_at", "last_used_at", "expires_at"];
    desk.output.list(&sessions, &columns, |session| {
        names.map(|name| session.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()).into()
    })
}

pub async fn revoke(desk: &Desk, user: &str) -> Result<()> {
    let account = desk.target.account(&desk.operator, user).await?;
    let count = alive(desk, &account).await?.len();
    let name = &account.profile.username;
    ask::confirm(desk.yes, &format!("This signs {name} out of {count} sessions."))?;
    if !desk.target.app.users.sign_out(&desk.operator, account.profile.id).await? {
        return Err(Error::NotFound(format!("user {user}")));
    }
    tracing::info!(event = "session_revoked", user = %account.profile.id, session = "all", by = "operator");
    let result = json!({ "user_id": account.profile.id, "revoked": count });
    desk.output.one(&result, &format!("{name}: {count} sessions ended"))
}

async fn alive(desk: &Desk, account: &Account) -> Result<Vec<Session>> {
    let (sessions, now) = (&desk.target.app.sessions, desk.target.app.clock.now());
    pages::all(async |page| sessions.list_of(&desk.operator, account, page, now).await).await
}

/// Address and user agent are for the owner only.
fn shown(session: &Session) -> Value {
    let time = |at: Timestamp| format!("{at:.0}");
    json!({
        "id": session.id,
        "created_at": time(session.created_at),
        "last_used_at": time(session.rotated_at),
        "expires_at": time(session.expires_at),
    })
}
