use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use auth::UserId;
use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};

use tokio::time::Instant;

use crate::db::Item;
use crate::error::{Error, Result};
use crate::pause::jittered;
use crate::row::text;
use crate::table::{Table, TableClient};

#[cfg(test)]
mod tests;

/// Upper bound on items in one BatchWriteItem.
const BATCH: i32 = 25;

/// How long one erasure goes on. A worker may run for 60 s, and needs time to end.
const TIME: Duration = Duration::from_secs(40);
/// The first pause before calls that DynamoDB throttled, or deletions that it left undone, are sent again. Each further
/// pause is twice as long, up to [`LONGEST_PAUSE`], and the time of the erasure is their bound.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The table in which accounts are marked for erasure. Exactly one crate implements this trait.
pub trait AccountTable: Table {}

/// Proof that an account is marked for erasure, so its rows may be deleted. Only the owner of the account table makes
/// one.
#[derive(Clone, Debug)]
pub struct Erasure {
    user_id: UserId,
    left: Arc<AtomicUsize>,
    deleted: Arc<AtomicUsize>,
    ends: Instant,
}

/// How much of an account's data a call deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Purged {
    /// All of it.
    All,
    /// A part. Another call is needed, with a new [`Erasure`].
    Part,
}

impl Erasure {
    /// How many items one erasure reads, in all tables together. An account with more takes several.
    pub const MOST: usize = 5_000;

    /// The erasure of an account whose mark was just read from `accounts`.
    pub fn of_marked<T: AccountTable>(_accounts: &TableClient<T>, user_id: UserId) -> Self {
        Self::new(user_id)
    }

    fn new(user_id: UserId) -> Self {
        let left = Arc::new(AtomicUsize::new(Self::MOST));
        Self { user_id, left, deleted: Arc::default(), ends: Instant::now() + TIME }
    }

    /// Whether the items or the time of this erasure are used up.
    fn is_spent(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0 || Instant::now() >= self.ends
    }

    fn count(&self, items: usize) {
        let left = self.left.load(Ordering::Relaxed);
        self.left.store(left.saturating_sub(items), Ordering::Relaxed);
    }

    /// The end of an erasure whose time is over. An erasure that deleted nothing has failed: going on in further jobs
    /// for ever would hide that.
    fn interrupted(&self) -> Result<Purged> {
        match self.deleted.load(Ordering::Relaxed) {
            0 => Err(Error::Throttled("no deletion was done in time".to_owned())),
            _ => Ok(Purged::Part),
        }
    }

    /// The account's id.
    pub fn user_id(&self) -> UserId {
        self.user_id
    }
}

/// Rows that belong to users and are deleted with their accounts. The erasure worker calls every implementation.
pub trait OwnedByUser: Send + Sync {
    /// The names of the tables with these rows.
    fn tables() -> Vec<&'static str>;

    /// Deletes the rows of the account, as many as the erasure allows. Can be repeated after an interruption.
    ///
    /// # Errors
    /// When DynamoDB does not answer. Then the job is tried again.
    fn purge(&self, erasure: &Erasure) -> impl Future<Output = Result<Purged>> + Send;
}

impl<T: Table> TableClient<T> {
    /// Deletes the rows of the account, found by `user_id` in the table itself or in `index`, as many as the erasure
    /// allows.
    ///
    /// # Errors
    /// When DynamoDB does not answer. An answer without items is no answer, because it would leave rows behind.
    pub async fn purge(&self, erasure: &Erasure, index: Option<&str>) -> Result<Purged> {
        let mut start = None;
        loop {
            if erasure.is_spent() {
                return Ok(Purged::Part);
            }
            let query = self
                .query(BATCH)
                .set_index_name(index.map(str::to_owned))
                .key_condition_expression("#user_id = :user_id")
                .expression_attribute_names("#user_id", "user_id")
                .expression_attribute_values(":user_id", text(erasure.user_id()))
                // A global index can't be read consistently. The job's delay gives the index time to catch up.
                .consistent_read(index.is_none())
                .set_exclusive_start_key(start);
            let Some(output) = patiently(erasure, || query.clone().send()).await? else {
                return erasure.interrupted();
            };
            let items = output.items.ok_or_else(|| no_answer("items"))?;
            erasure.count(items.len());
            let only_key = |mut item: Item| {
                item.retain(|name, _| T::KEY.contains(&name.as_str()));
                item
            };
            if self.delete_all(items.into_iter().map(only_key), erasure).await? == Purged::Part {
                return Ok(Purged::Part);
            }
            start = output.last_evaluated_key;
            if start.is_none() {
                return Ok(Purged::All);
            }
        }
    }

    /// Deletes the rows with these keys. Those that DynamoDB leaves undone are sent again after growing pauses, until
    /// the time of the erasure is over.
    async fn delete_all(&self, keys: impl Iterator<Item = Item>, erasure: &Erasure) -> Result<Purged> {
        let delete = |key| DeleteRequest::builder().set_key(Some(key)).build();
        let requests: Result<Vec<_>, _> = keys.map(delete).collect();
        let requests = requests.map_err(|error| Error::Refused(error.to_string()))?;
        let requests = requests.into_iter().map(|delete| WriteRequest::builder().delete_request(delete).build());
        let mut requests: Vec<_> = requests.collect();
        let mut pauses = Pauses::new();
        while !requests.is_empty() {
            let all = HashMap::from([(self.name(), requests.clone())]);
            let batch = self.db().client.batch_write_item().set_request_items(Some(all));
            let Some(output) = patiently(erasure, || batch.clone().send()).await? else {
                return erasure.interrupted();
            };
            let mut undone = output.unprocessed_items.ok_or_else(|| no_answer("unprocessed items"))?;
            let undone = undone.remove(&self.name()).unwrap_or_default();
            erasure.deleted.fetch_add(requests.len().saturating_sub(undone.len()), Ordering::Relaxed);
            requests = undone;
            if !requests.is_empty() && !pauses.wait(erasure).await? {
                return erasure.interrupted();
            }
        }
        Ok(Purged::All)
    }
}

/// Makes a call, again after growing pauses while DynamoDB throttles it. `None` when the time of the erasure is over.
async fn patiently<O, E, F>(erasure: &Erasure, call: impl Fn() -> F) -> Result<Option<O>>
where
    Error: From<E>,
    F: Future<Output = Result<O, E>>,
{
    let mut pauses = Pauses::new();
    loop {
        match call().await.map_err(Error::from) {
            Err(Error::Throttled(_)) if pauses.wait(erasure).await? => {}
            Err(Error::Throttled(_)) => return Ok(None),
            answer => return answer.map(Some),
        }
    }
}

struct Pauses {
    next: Duration,
}

impl Pauses {
    fn new() -> Self {
        Self { next: FIRST_PAUSE }
    }

    /// Waits for the next pause. Returns `false` at once if the erasure's time would be over by then.
    async fn wait(&mut self, erasure: &Erasure) -> Result<bool> {
        let pause = jittered(self.next)?;
        if Instant::now() + pause >= erasure.ends {
            return Ok(false);
        }
        tokio::time::sleep(pause).await;
        self.next = (self.next * 2).min(LONGEST_PAUSE);
        Ok(true)
    }
}

fn no_answer(missing: &str) -> Error {
    Error::Unavailable(format!("an answer lacks its {missing}"))
}
