use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::scan::builders::ScanFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};

use crate::attempts::Attempts;
use crate::db::{Db, Item, TableKey};
use crate::error::Result;
use crate::written::Written;

/// A table as a type. Keep the type private: only code that can name the type can reach the table.
pub trait Table: 'static {
    /// The table's name, without the stack's prefix.
    const NAME: &'static str;
    /// The attributes of the primary key, the partition key first.
    const KEY: &'static [&'static str];
}

/// Reads and writes one table.
pub struct TableClient<T> {
    db: Db,
    table: PhantomData<fn() -> T>,
}

impl<T> Clone for TableClient<T> {
    fn clone(&self) -> Self {
        Self { db: self.db.clone(), table: PhantomData }
    }
}

impl<T: Table> fmt::Debug for TableClient<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TableClient").field(&T::NAME).finish()
    }
}

impl Db {
    /// The client of a table.
    pub fn table<T: Table>(&self) -> TableClient<T> {
        TableClient { db: self.clone(), table: PhantomData }
    }
}

impl<T: Table> TableClient<T> {
    /// All tables of the stack, for calls that concern several.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The full name, with the stack's prefix.
    pub(crate) fn name(&self) -> String {
        self.db.name(T::NAME)
    }

    /// A key, for [`Db::batch_get`].
    pub fn key(&self, key: Item) -> TableKey {
        TableKey { table: T::NAME, key }
    }

    /// One item, strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn get(&self, key: Item) -> Result<Option<Item>> {
        let get = self.db.client.get_item().table_name(self.name()).set_key(Some(key)).consistent_read(true);
        Ok(get.send().await?.item)
    }

    /// Writes an item. Replaces an item with the same key.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn put(&self, item: Item) -> Result<()> {
        let put = self.db.client.put_item().table_name(self.name()).set_item(Some(item));
        let attempts = Attempts::default();
        let sent = put.customize().interceptor(attempts.clone()).send().await;
        sent.map(drop).map_err(|error| attempts.error(error))
    }

    /// Writes a new item. Returns the present item if there is one with this key: then an attempt that arrives late, or
    /// another call, wrote first.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn insert(&self, item: Item) -> Result<Result<(), Option<Item>>> {
        let put = self.db.client.put_item().table_name(self.name()).set_item(Some(item));
        let put = put
            .condition_expression("attribute_not_exists(#key)")
            .set_expression_attribute_names(self.key_name())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let attempts = Attempts::default();
        let Err(error) = put.customize().interceptor(attempts.clone()).send().await else { return Ok(Ok(())) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => Ok(Err(failed.item().cloned())),
            _ => Err(attempts.error(error)),
        }
    }

    /// The placeholder `#key` of the partition key.
    pub(crate) fn key_name(&self) -> Option<HashMap<String, String>> {
        T::KEY.first().map(|key| HashMap::from([("#key".to_owned(), (*key).to_owned())]))
    }

    /// Deletes an item.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn delete(&self, key: Item) -> Result<Written> {
        let delete = self.db.client.delete_item().table_name(self.name()).set_key(Some(key));
        let attempts = Attempts::default();
        let sent = delete.return_values(ReturnValue::AllOld).customize().interceptor(attempts.clone()).send().await;
        let output = sent.map_err(|error| attempts.error(error))?;
        Ok(match output.attributes {
            Some(_) => Written::Done,
            None if attempts.any_lost() => Written::Unknown,
            None => Written::Unchanged,
        })
    }

    /// A query of this table, or of one of its indexes. Reads at most `limit` positions.
    pub fn query(&self, limit: i32) -> QueryFluentBuilder {
        self.db.client.query().table_name(self.name()).limit(limit)
    }

    /// A scan of this table. Reads at most `limit` items.
    pub fn scan(&self, limit: i32) -> ScanFluentBuilder {
        self.db.client.scan().table_name(self.name()).limit(limit)
    }

    /// An update of one item, for expressions that [`crate::ConditionalUpdate`] can't express.
    pub fn update_item(&self, key: Item) -> UpdateItemFluentBuilder {
        self.db.client.update_item().table_name(self.name()).set_key(Some(key))
    }
}
