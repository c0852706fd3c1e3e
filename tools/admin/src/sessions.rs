use api::{AuditEntry, Written};
use auth::UserId;
use identity::{Account, Session, Sessions, Users};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::error::Result;
use crate::{Context, ask, pages};

pub async fn list(context: &Context, user: &str) -> Result<()> {
    let account = context.target.account(&context.operator, user).await?;
    let (sessions, more) = alive(context, &account).await?;
    let entry = AuditEntry::of("sessions_listed", format!("users/{}", account.profile.id));
    context.act().read(entry.shown(sessions.iter().map(Session::id))).await?;
    let sessions: Vec<Value> = sessions.iter().map(shown).collect();
    if more {
        eprintln!("admin: the list is longer; only its newest part is shown");
    }
    let columns = ["ID", "CREATED", "LAST USED", "EXPIRES"];
    let names = ["id", "created_at", "last_used_at", "expires_at"];
    context.output.list(&sessions, &columns, |session| {
        names.map(|name| session.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()).into()
    })
}

pub async fn revoke(context: &Context, user: &str) -> Result<()> {
    let account = context.target.account(&context.operator, user).await?;
    let name = &account.profile.username;
    ask::confirm(context.yes, &format!("This signs {name} out everywhere."))?;
    sign_out(context, &context.target.part::<Users>()?, account.profile.id).await?;
    // The sessions keep the epoch that the account had before. They have ended, whether they can be counted or not.
    let Ok((ended, more)) = alive(context, &account).await else {
        let result = json!({ "user_id": account.profile.id, "revoked": null });
        return context.output.one(&result, &format!("{name}: all sessions ended"));
    };
    let (count, or_more) = (ended.len(), if more { " or more" } else { "" });
    let result = json!({ "user_id": account.profile.id, "revoked": count, "more": more });
    context.output.one(&result, &format!("{name}: {count}{or_more} sessions ended"))
}

/// Ends the sessions of one account.
pub async fn sign_out(context: &Context, users: &Users, user: UserId) -> Result<Written> {
    let (act, now) = (context.act(), context.target.api.clock().now());
    let signed_out = api::recorded(users.sign_out(&act, user, now), |outcome| {
        tracing::info!(event = "session_revoked", %user, session = "all", by = "operator", outcome);
    });
    Ok(signed_out.await?)
}

async fn alive(context: &Context, account: &Account) -> Result<(Vec<Session>, bool)> {
    let (sessions, now) = (context.target.part::<Sessions>()?, context.target.api.clock().now());
    pages::first(async |page| sessions.list_of(&context.operator, account, page, now).await).await
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
