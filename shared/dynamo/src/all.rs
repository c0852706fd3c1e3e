use aws_sdk_dynamodb::types::AttributeValue;

use crate::cursor::Cursor;
use crate::db::{Item, TableKey};
use crate::error::{Error, Result};
use crate::page::{List, Page, PageRequest, Positions};
use crate::row::{Row, item, text};
use crate::table::{Table, TableClient};

impl<T: Table> TableClient<T> {
    /// A page of all items of a table whose key is an id, in no particular order. `is_id` says whether a text can be an id: a
    /// cursor with other text is refused. Items for which `read` returns `None` are no part of the list. Those that it can't
    /// read are left out, and a line of the log names them.
    ///
    /// # Errors
    /// [`Error::Cursor`] when the cursor belongs to another list, or when DynamoDB does not answer.
    pub async fn all<V: Send + Sync>(
        &self,
        page: &PageRequest,
        is_id: fn(&str) -> bool,
        read: impl Fn(&Item) -> Result<Option<V>> + Sync,
    ) -> Result<Page<V>> {
        let list = All { table: self, id: T::KEY.first().copied().unwrap_or_default(), is_id, read };
        let start = page.cursor.as_deref().map(|cursor| list.after(cursor)).transpose()?;
        list.page(self.db(), page.limit, start).await
    }
}

/// All items of a table, in the order of a scan.
struct All<'a, T, R> {
    table: &'a TableClient<T>,
    /// The attribute with the id.
    id: &'static str,
    is_id: fn(&str) -> bool,
    read: R,
}

impl<T: Table, R> All<'_, T, R> {
    const LIST: Cursor<'static> = Cursor { list: T::NAME, partition: "all" };

    fn after(&self, cursor: &str) -> Result<Item> {
        let [id] = Self::LIST.decode::<1>(cursor)?;
        let id = Some(id).filter(|id| (self.is_id)(id)).ok_or(Error::Cursor)?;
        Ok(item([(self.id, text(id))]))
    }
}

impl<T: Table, V: Send + Sync, R: Fn(&Item) -> Result<Option<V>> + Sync> List for All<'_, T, R> {
    type Item = V;
    const KEYS_ONLY: bool = false;

    async fn entries(&self, limit: i32, start: Option<Item>) -> Result<Positions> {
        let scan = self.table.scan(limit).consistent_read(true).set_exclusive_start_key(start);
        let output = scan.send().await?;
        Ok((output.items.unwrap_or_default(), output.last_evaluated_key))
    }

    fn table_key(&self, entry: &Item) -> TableKey {
        let absent = || AttributeValue::S(String::new());
        self.table.key(item([(self.id, entry.get(self.id).cloned().unwrap_or_else(absent))]))
    }

    fn read(&self, item: &Item) -> Result<Option<V>> {
        (self.read)(item)
    }

    fn cursor(&self, entry: &Item) -> Result<String> {
        let row = Row::new::<T>(entry);
        let id = row.text(self.id)?;
        if !(self.is_id)(id) {
            return Err(row.corrupt(self.id));
        }
        Ok(Self::LIST.encode(&[id]))
    }
}
