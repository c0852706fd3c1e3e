use std::collections::HashMap;
use std::future::Future;

use auth::UserId;
use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};

use crate::db::Item;
use crate::error::{Error, Result};
use crate::row::text;
use crate::table::{Table, TableClient};

/// Upper bound on items in one BatchWriteItem.
const BATCH: i32 = 25;

/// The table in which accounts are marked for erasure. Exactly one crate implements this trait.
pub trait AccountTable: Table {}

/// Proof that an account is marked for erasure, so its rows may be deleted. Only the owner of the account table makes
/// one.
#[derive(Clone, Debug)]
pub struct Erasure {
    user_id: UserId,
}

impl Erasure {
    /// The erasure of an account whose mark was just read from `accounts`.
    pub fn of_marked<T: AccountTable>(_accounts: &TableClient<T>, user_id: UserId) -> Self {
        Self { user_id }
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

    /// Deletes all rows of the account. Can be repeated after an interruption.
    ///
    /// # Errors
    /// When DynamoDB does not answer. Then the job is tried again.
    fn purge(&self, erasure: &Erasure) -> impl Future<Output = Result<()>> + Send;
}

impl<T: Table> TableClient<T> {
    /// Deletes all rows of the account, found by `user_id` in the table itself or in `index`.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn purge(&self, erasure: &Erasure, index: Option<&str>) -> Result<()> {
        let mut start = None;
        loop {
            let query = self
                .query()
                .set_index_name(index.map(str::to_owned))
                .key_condition_expression("#user_id = :user_id")
                .expression_attribute_names("#user_id", "user_id")
                .expression_attribute_values(":user_id", text(erasure.user_id()))
                // A global index can't be read consistently. The job's delay gives the index time to catch up.
                .consistent_read(index.is_none())
                .limit(BATCH)
                .set_exclusive_start_key(start);
            let output = query.send().await?;
            let only_key = |mut item: Item| {
                item.retain(|name, _| T::KEY.contains(&name.as_str()));
                item
            };
            self.delete_all(output.items.unwrap_or_default().into_iter().map(only_key)).await?;
            start = output.last_evaluated_key;
            if start.is_none() {
                return Ok(());
            }
        }
    }

    async fn delete_all(&self, keys: impl Iterator<Item = Item>) -> Result<()> {
        let delete = |key| DeleteRequest::builder().set_key(Some(key)).build();
        let requests: Result<Vec<_>, _> = keys.map(delete).collect();
        let requests = requests.map_err(|error| Error::Refused(error.to_string()))?;
        let requests = requests.into_iter().map(|delete| WriteRequest::builder().delete_request(delete).build());
        let requests: Vec<_> = requests.collect();
        if requests.is_empty() {
            return Ok(());
        }
        let all = HashMap::from([(self.name(), requests)]);
        let output = self.db().client.batch_write_item().set_request_items(Some(all)).send().await?;
        let left = output.unprocessed_items.unwrap_or_default();
        left.is_empty().then_some(()).ok_or_else(|| Error::Throttled("deletions were left unprocessed".to_owned()))
    }
}
