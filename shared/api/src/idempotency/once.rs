use auth::{Caller, Digest};
use dynamo::{
    Db, Erasure, FailedConditions, Item, OwnedByUser, Purged, Row, Table, TableClient, TransactionPart, Write, Written,
    bytes, item, number, text,
};
use jiff::{SignedDuration, Timestamp};

use super::answer::{Answer, Replayable, StoredResponse};
use super::key::IdempotencyKey;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::part::table_part;
use crate::route::Route;

/// How long a key is known.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// The largest body that a record keeps, in bytes.
const LARGEST_BODY: usize = 2048;

#[derive(Debug)]
struct IdempotencyTable;

impl Table for IdempotencyTable {
    const NAME: &'static str = "idempotency";
    const KEY: &'static [&'static str] = &["user_id", "id"];
}

/// Table `idempotency`: a record for each call with an idempotency key. `user_id` is the caller: a user's id, or
/// `service-keys/{id}`.
#[derive(Clone, Debug)]
pub struct Idempotency(TableClient<IdempotencyTable>);

/// The records of an account, to be erased with it: they have responses.
#[derive(Clone, Debug)]
pub struct IdempotencyOfAccount(TableClient<IdempotencyTable>);

table_part! {
    Idempotency: IdempotencyTable::NAME;
    IdempotencyOfAccount: IdempotencyTable::NAME;
}

impl IdempotencyOfAccount {
    /// The table's name, without the stack's prefix.
    pub const TABLE: &'static str = IdempotencyTable::NAME;

    /// The table of a stack.
    pub fn new(db: &Db) -> Self {
        Self(db.table())
    }
}

impl OwnedByUser for IdempotencyOfAccount {
    fn tables() -> Vec<&'static str> {
        vec![Self::TABLE]
    }

    async fn purge(&self, erasure: &Erasure) -> dynamo::Result<Purged> {
        self.0.purge(erasure, None).await
    }
}

/// What a transaction with its audit and its record did.
#[derive(Clone, Debug)]
pub enum Committed {
    /// All parts were applied.
    Done,
    /// None was, because another call with the same idempotency key made the change, or is making it.
    Repeated,
    /// None was, because of these conditions.
    Failed(FailedConditions),
}

impl Write for Committed {
    fn written(&self) -> Written {
        if matches!(self, Committed::Done) { Written::Done } else { Written::Unchanged }
    }
}

/// The record of one call, which becomes a part of the transaction with the call's effect. Without an idempotency key,
/// it adds nothing.
#[derive(Clone, Debug)]
pub struct Once {
    table: TableClient<IdempotencyTable>,
    record: Option<Record>,
}

#[derive(Clone, Debug)]
struct Record {
    user_id: String,
    id: String,
    digest: Digest,
    now: Timestamp,
    response: StoredResponse,
}

impl Idempotency {
    /// The table of a stack.
    pub fn new(db: &Db) -> Self {
        Self(db.table())
    }

    /// The record of this caller's call of this route. `answer` is the response that the call will have, if it has its
    /// effect. It must not contain a secret.
    ///
    /// # Errors
    /// When the answer can't be kept.
    pub fn once<P: Caller>(
        &self,
        context: &Context,
        by: &P,
        route: Route,
        key: IdempotencyKey,
        answer: &impl Replayable,
    ) -> Result<Once> {
        const { assert!(!P::LEVEL.admits_anyone(), "an idempotency key belongs to a caller") };
        let table = self.0.clone();
        let Some(key) = key.0 else { return Ok(Once { table, record: None }) };
        let internal = |cause: &str| Error::Internal(format!("an answer can't be kept: {cause}"));
        let principal = by.principal().ok_or_else(|| internal("it has no caller"))?;
        let record = Record {
            user_id: principal.user_id().map_or_else(|| principal.to_string(), |id| id.to_string()),
            id: record_id(&[&route.to_string(), &key.text]),
            digest: key.digest,
            now: context.clock().now(),
            response: answer.stored().map_err(|error| internal(&error.to_string()))?,
        };
        Ok(Once { table, record: Some(record) })
    }
}

/// The parts have their lengths before them, so that no two lists of parts have the same id.
fn record_id(parts: &[&str]) -> String {
    let text: String = parts.iter().map(|part| format!("{}:{part}", part.len())).collect();
    auth::hex(&auth::sha256(text.as_bytes()))
}

impl Once {
    /// Inserts a row that needs no audit, such as a user's own: a plain write without an idempotency key, and a
    /// transaction with one. The row's key must be random.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn insert<T: Table>(&self, table: &TableClient<T>, item: Item) -> dynamo::Result<Committed> {
        if self.record.is_some() {
            return commit(table.db(), vec![table.insert_part(item)?], Some(self)).await;
        }
        Ok(match table.insert(item.clone()).await? {
            Ok(()) => Committed::Done,
            // An earlier attempt of this call added the row without receiving the response.
            Err(Some(there)) if dynamo::is_same(&there, &item) => Committed::Done,
            Err(_) => Committed::Failed(FailedConditions::at(0)),
        })
    }

    /// The output of the call: its own if the transaction is done, and the one on record if another call was first.
    ///
    /// # Errors
    /// [`Error::IdempotencyKeyReused`], [`Error::AlreadyDone`] or [`Error::RequestInProgress`], or when a condition of the
    /// effect itself failed: a caller with an error for that checks it before.
    pub async fn answer<T: Replayable>(&self, committed: Committed, first: T) -> Result<Answer<T>> {
        match committed {
            Committed::Done => Ok(Answer::First(first)),
            Committed::Repeated => self.replay().await.map(Answer::Replayed),
            Committed::Failed(failed) => {
                Err(dynamo::Error::Refused(format!("a new item's conditions failed: {failed:?}")).into())
            }
        }
    }

    async fn replay(&self) -> Result<StoredResponse> {
        let record = self.record.as_ref().ok_or(Error::RequestInProgress)?;
        let Some(item) = self.table.get(record.key()).await? else { return Err(Error::RequestInProgress) };
        let row = Row::new::<IdempotencyTable>(&item);
        if row.seconds("expires_at")? <= record.now {
            return Err(Error::RequestInProgress);
        }
        if row.digest("digest")? != record.digest {
            return Err(Error::IdempotencyKeyReused);
        }
        let location = row.text("location")?.to_owned();
        if !row.has("body") {
            return Err(Error::AlreadyDone { location });
        }
        let etag = row.has("etag").then(|| row.text("etag").map(str::to_owned)).transpose()?;
        let body = row.text("body")?.to_owned();
        Ok(StoredResponse { status: row.number("status")?, location, etag, body })
    }

    fn part(&self) -> dynamo::Result<Option<TransactionPart>> {
        let Some(record) = &self.record else { return Ok(None) };
        let condition = "attribute_not_exists(#id) OR #expires_at <= :now";
        self.table.put_part(record.item(), condition, vec![("now", number(record.now.as_second()))]).map(Some)
    }
}

impl Record {
    fn key(&self) -> Item {
        item([("user_id", text(&self.user_id)), ("id", text(&self.id))])
    }

    fn item(&self) -> Item {
        let StoredResponse { status, location, etag, body } = &self.response;
        let expires_at = self.now.checked_add(KEPT).unwrap_or(Timestamp::MAX);
        let mut record = self.key();
        record.extend(item([
            ("digest", bytes(&self.digest)),
            ("status", number(status)),
            ("location", text(location)),
            ("expires_at", number(expires_at.as_second())),
        ]));
        record.extend(etag.as_ref().map(|etag| ("etag".to_owned(), text(etag))));
        record.extend((body.len() <= LARGEST_BODY).then(|| ("body".to_owned(), text(body))));
        record
    }
}

/// Applies all parts, with the record of the call, if it has an idempotency key.
pub(crate) async fn commit(db: &Db, mut parts: Vec<TransactionPart>, once: Option<&Once>) -> dynamo::Result<Committed> {
    let (at, record) = (parts.len(), once.map(Once::part).transpose()?.flatten());
    let has_key = record.is_some();
    parts.extend(record);
    match db.transact(parts).await {
        Ok(Ok(())) => Ok(Committed::Done),
        Ok(Err(failed)) if has_key && failed.part(at) => Ok(Committed::Repeated),
        Ok(Err(failed)) => Ok(Committed::Failed(failed)),
        // The transactions in the way are most likely those of calls with the same key.
        Err(dynamo::Error::Conflict(_)) if has_key => Ok(Committed::Repeated),
        Err(error) => Err(error),
    }
}
