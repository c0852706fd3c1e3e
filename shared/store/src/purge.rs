use std::collections::HashMap;

use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};

use crate::db::{Db, Item, Table};
use crate::error::{Error, Result};
use crate::row::text;
use crate::users::Erasure;

/// Most items of one BatchWriteItem.
const BATCH: i32 = 25;

impl Db {
    /// Deletes everything that a table has of a user, as found under `user_id` in the table itself or in `index`.
    pub(crate) async fn purge(&self, erasure: &Erasure, table: Table, index: Option<&str>, key: &[&str]) -> Result<()> {
        let mut start = None;
        loop {
            let query = self.client.query().table_name(self.name(table)).set_index_name(index.map(str::to_owned));
            let query = query
                .key_condition_expression("#user_id = :user_id")
                .expression_attribute_names("#user_id", "user_id")
                .expression_attribute_values(":user_id", text(erasure.user_id()))
                // A global index can't be read consistently; it had the time that the job was held back.
                .consistent_read(index.is_none())
                .limit(BATCH)
                .set_exclusive_start_key(start);
            let answer = query.send().await?;
            let only_key = |mut item: Item| {
                item.retain(|name, _| key.contains(&name.as_str()));
                item
            };
            self.delete_all(table, answer.items.unwrap_or_default().into_iter().map(only_key)).await?;
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(());
            }
        }
    }

    async fn delete_all(&self, table: Table, keys: impl Iterator<Item = Item>) -> Result<()> {
        let delete = |key| DeleteRequest::builder().set_key(Some(key)).build();
        let requests: Result<Vec<_>, _> = keys.map(delete).collect();
        let requests = requests.map_err(|error| Error::Refused(error.to_string()))?;
        let requests = requests.into_iter().map(|delete| WriteRequest::builder().delete_request(delete).build());
        let requests: Vec<_> = requests.collect();
        if requests.is_empty() {
            return Ok(());
        }
        let all = HashMap::from([(self.name(table), requests)]);
        let answer = self.client.batch_write_item().set_request_items(Some(all)).send().await?;
        let left = answer.unprocessed_items.unwrap_or_default();
        left.is_empty().then_some(()).ok_or_else(|| Error::Throttled("deletions were left unprocessed".to_owned()))
    }
}
