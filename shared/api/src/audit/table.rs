use aws_sdk_dynamodb::types::AttributeValue;
use dynamo::{Item, Result, Table, item, millis, number, text};
use jiff::Timestamp;

use super::entry::AuditEntry;

#[derive(Debug)]
pub(super) struct AuditTable;

impl Table for AuditTable {
    const NAME: &'static str = "audit";
    const KEY: &'static [&'static str] = &["subject", "id"];
}

/// The time, the actor and the request of an act.
pub(super) struct Circumstances<'a> {
    pub now: Timestamp,
    pub actor: &'a str,
    pub request_id: &'a str,
    /// When the row expires. `None` keeps it for good.
    pub expires_at: Option<Timestamp>,
    /// Nobody who knows the table's other rows can guess the key of this one.
    pub random: [u8; 16],
}

/// The item of an entry.
pub(super) fn row(entry: AuditEntry, of: &Circumstances<'_>) -> Result<Item> {
    let id = format!("{:013}-{}", of.now.as_millisecond(), auth::hex(&of.random));
    let AuditEntry { action, subject, before, after, shown } = entry;
    let mut row = item([
        ("subject", text(subject)),
        ("id", text(id)),
        ("actor", text(of.actor)),
        ("action", text(action)),
        ("at", millis(of.now)),
        ("before", AttributeValue::M(before)),
        ("after", AttributeValue::M(after)),
        ("shown", AttributeValue::L(shown)),
    ]);
    if !of.request_id.is_empty() {
        row.insert("request_id".to_owned(), text(of.request_id));
    }
    row.extend(of.expires_at.map(|at| ("expires_at".to_owned(), number(at.as_second()))));
    Ok(row)
}
