use identity::{Account, Session, Sessions, Users};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::error::Result;
use crate::{Context, ask, pages};

pub async fn list(context: &Context, user: &str) -> Result<()> {
    let account = context.target.account(&context.operator, user).await?;
    let sessions: Vec<Value> = alive(context, &account).await?.iter().map(shown).collect();
    let columns = ["ID", "CREATED", "LAST USED", "EXPIRES"];
    let names = ["id", "created_at", "last_used_at", "expires_at"];
    context.output.list(&sessions, &columns, |session| {
        names.map(|name| session.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()).into()
    })
}

pub async fn revoke(context: &Context, user: &str) -> Result<()> {
    let account = context.target.account(&context.operator, user).await?;
    let count = alive(context, &account).await?.len();
    let name = &account.profile.username;
    ask::confirm(context.yes, &format!("This signs {name} out of {count} sessions."))?;
    let (users, now) = (context.target.part::<Users>()?, context.target.api.clock().now());
    api::recorded(users.sign_out(&context.operator, &account, now), |outcome| {
        let user = account.profile.id;
        tracing::info!(event = "session_revoked", %user, session = "all", by = "operator", outcome);
    })
    .await?;
    let result = json!({ "user_id": account.profile.id, "revoked": count });
    context.output.one(&result, &format!("{name}: {count} sessions ended"))
}

async fn alive(context: &Context, account: &Account) -> Result<Vec<Session>> {
    let (sessions, now) = (context.target.part::<Sessions>()?, context.target.api.clock().now());
    pages::all(async |page| sessions.list_of(&context.operator, account, page, now).await).await
}

/// Without address and user agent, which only the owner may see.
fn shown(session: &Session) -> Value {
    let time = |at: Timestamp| format!("{at:.0}");
    json!({
        "id": session.id(),
        "created_at": time(session.created_at),
        "last_used_at": time(session.rotated_at),
        "expires_at": time(session.expires_at),
    })
}
