use std::ops::RangeInclusive;

use dynamo::{Db, Item, TableClient, TransactionPart};
use jiff::SignedDuration;

use super::actor::Actor;
use super::entry::AuditEntry;
use super::table::{AuditTable, Circumstances, row};
use crate::context::{Context, Part, Permit};
use crate::error::{Error, Result};
use crate::idempotency::{Committed, Once, commit};
use crate::part::PartInfo;

/// How many days a row may be kept. 0 keeps it for good.
const DAYS: RangeInclusive<i64> = 0..=36_500;
const DEFAULT_DAYS: i64 = 400;

/// Writes into the table `audit`, and can't read it.
#[derive(Clone, Debug)]
pub struct Audit {
    table: TableClient<AuditTable>,
    /// How long a row is kept. `None` is for good.
    kept: Option<SignedDuration>,
}

/// A caller with permission `P`, and the promise that what the caller does is written down. The methods that change or
/// show data for staff take it in place of the bare permission. So a write without its audit does not compile.
///
/// ```compile_fail,E0451
/// fn unaudited<'a>(context: &'a api::Context, by: &'a auth::Staff) -> api::Act<'a, auth::Staff> {
///     api::Act { context, by, audit: todo!(), actor: String::new() }
/// }
/// ```
#[derive(Clone)]
pub struct Act<'a, P> {
    audit: &'a Audit,
    context: &'a Context,
    by: &'a P,
    actor: String,
}

impl Audit {
    /// The acts of a caller in this request.
    pub fn act<'a, P: Actor>(&'a self, context: &'a Context, by: &'a P) -> Act<'a, P> {
        Act { audit: self, context, by, actor: by.actor() }
    }
}

impl<P> Act<'_, P> {
    /// The permission.
    pub fn by(&self) -> &P {
        self.by
    }

    /// Makes a change: one transaction of the parts, whose positions stay, then the row of the audit, and then the record
    /// of the idempotency key, if the call has one.
    ///
    /// # Errors
    /// [`dynamo::Error::Conflict`] when other transactions keep getting in the way of a call without an idempotency key,
    /// or when DynamoDB does not answer.
    pub async fn write(
        &self,
        db: &Db,
        mut parts: Vec<TransactionPart>,
        entry: AuditEntry,
        once: Option<&Once>,
    ) -> dynamo::Result<Committed> {
        parts.push(self.audit.table.insert_part(self.row(entry)?)?);
        commit(db, parts, once).await
    }

    /// Writes down a read of the data of others. If it fails, the data must not be shown.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn read(&self, entry: AuditEntry) -> dynamo::Result<()> {
        self.audit.table.put(self.row(entry)?).await
    }

    /// Writes down an act outside of the database, in two rows: that it is intended, before it, and that it is done, after it.
    ///
    /// # Errors
    /// When DynamoDB does not answer. Then the intended act must not be done.
    pub async fn note(&self, entry: AuditEntry) -> dynamo::Result<()> {
        self.audit.table.put(self.row(entry)?).await
    }

    fn row(&self, entry: AuditEntry) -> dynamo::Result<Item> {
        let now = self.context.clock().now();
        let circumstances = Circumstances {
            now,
            actor: &self.actor,
            request_id: self.context.request_id(),
            expires_at: self.audit.kept.and_then(|kept| now.checked_add(kept).ok()),
            random: auth::random(&**self.context.entropy())?,
        };
        row(entry, &circumstances)
    }
}

impl Part for Audit {
    const DATABASE: bool = true;

    fn build(context: &Context, permit: &Permit) -> Result<Self> {
        let days = context.settings(permit).environment.optional("AUDIT_DAYS");
        let days = days.map_or(Some(DEFAULT_DAYS), |text| text.parse().ok().filter(|days| DAYS.contains(days)));
        let problem = || format!("must be a number of days from {} to {}", DAYS.start(), DAYS.end());
        let days = days.ok_or_else(|| Error::setting("AUDIT_DAYS", problem()))?;
        let kept = (days > 0).then(|| SignedDuration::from_hours(24 * days));
        Ok(Self { table: context.db(permit).table(), kept })
    }

    fn list(into: &mut Vec<PartInfo>) {
        into.push(PartInfo { name: "Audit", tables: &[<AuditTable as dynamo::Table>::NAME], variables: &[] });
    }
}
