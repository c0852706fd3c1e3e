use api::{AuditLog, AuditQuery, AuditRow, AuditValue};

use crate::error::Result;
use crate::options::Acts;
use crate::{Context, pages};

pub async fn list(context: &Context, acts: Acts) -> Result<()> {
    let log = context.target.part::<AuditLog>()?;
    let query = match (acts.subject, acts.actor) {
        (Some(subject), _) => AuditQuery::Subject(subject),
        (None, actor) => AuditQuery::Actor(actor.unwrap_or_default()),
    };
    let (rows, more) = pages::first(async |page| log.newest(&context.operator, &query, page).await).await?;
    let (subject, actor) = query.for_log();
    tracing::info!(event = "audit_read", by = "operator", subject, actor);
    if more {
        eprintln!("admin: the list is longer; only its newest part is shown");
    }
    context.output.list(&rows, &["AT", "ACTOR", "ACTION", "SUBJECT", "CHANGE"], |row| {
        let AuditRow { at, actor, action, subject, .. } = row;
        vec![format!("{at:.0}"), actor.clone(), action.clone(), subject.clone(), change(row)]
    })
}

/// What changed, or how many ids were shown.
fn change(row: &AuditRow) -> String {
    if !row.shown.is_empty() {
        return format!("{} shown", row.shown.len());
    }
    let names = row.before.keys().chain(row.after.keys().filter(|name| !row.before.contains_key(*name)));
    let text = |value: Option<&AuditValue>| match value {
        None => "-".to_owned(),
        Some(AuditValue::Flag(flag)) => flag.to_string(),
        Some(AuditValue::Text(text)) => text.clone(),
    };
    let changes = names.map(|name| format!("{name}: {} -> {}", text(row.before.get(name)), text(row.after.get(name))));
    changes.collect::<Vec<_>>().join(", ")
}
