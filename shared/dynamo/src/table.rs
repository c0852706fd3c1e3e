use std::fmt;
use std::marker::PhantomData;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::scan::builders::ScanFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValue;

use crate::db::{Db, Item, TableKey};
use crate::error::Result;

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
        self.db.client.put_item().table_name(self.name()).set_item(Some(item)).send().await?;
        Ok(())
    }

    /// Deletes an item. Returns whether the item existed.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn delete(&self, key: Item) -> Result<bool> {
        let delete = self.db.client.delete_item().table_name(self.name()).set_key(Some(key));
        Ok(delete.return_values(ReturnValue::AllOld).send().await?.attributes.is_some())
    }

    /// A query of this table.
    pub fn query(&self) -> QueryFluentBuilder {
        self.db.client.query().table_name(self.name())
    }

    /// A scan of this table.
    pub fn scan(&self) -> ScanFluentBuilder {
        self.db.client.scan().table_name(self.name())
    }

    /// An update of one item, for expressions that [`crate::ConditionalUpdate`] can't express.
    pub fn update_item(&self, key: Item) -> UpdateItemFluentBuilder {
        self.db.client.update_item().table_name(self.name()).set_key(Some(key))
    }
}
