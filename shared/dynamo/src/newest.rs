use aws_sdk_dynamodb::types::AttributeValue;

use crate::cursor::Cursor;
use crate::db::{Item, TableKey};
use crate::error::{Error, Result};
use crate::page::{List, Page, PageRequest, Positions};
use crate::row::{Row, item, text};
use crate::table::{Table, TableClient};

/// The rows with one value of a partition key: of the table itself, or of an index that has whole items. Their sort key
/// is an id, the last attribute of the table's key. Such as the rows of one user.
#[derive(Clone, Copy, Debug)]
pub struct Partition<'a> {
    /// The index. `None` reads the table itself, strongly consistent.
    pub index: Option<&'a str>,
    /// The attribute with the partition key.
    pub name: &'a str,
    /// Its value.
    pub value: &'a str,
    /// Whether a text can be an id of these rows. A cursor with other text is refused.
    pub is_id: fn(&str) -> bool,
}

impl<T: Table> TableClient<T> {
    /// A page of the rows of a partition, in the order from the highest to the lowest id: from the newest to the oldest,
    /// because ids sort by creation time. Rows that `read` can't read are left out, and a line of the log names them.
    ///
    /// # Errors
    /// [`Error::Cursor`] when the cursor belongs to another list, or when DynamoDB does not answer.
    pub async fn newest<V: Send + Sync>(
        &self,
        partition: Partition<'_>,
        page: &PageRequest,
        read: fn(&Item) -> Result<V>,
    ) -> Result<Page<V>> {
        let list = Newest { table: self, partition, id: T::KEY.last().copied().unwrap_or_default(), read };
        let start = page.cursor.as_deref().map(|cursor| list.after(cursor)).transpose()?;
        list.page(self.db(), page.limit, start).await
    }

    /// At most `limit` entries with one value of a partition key, from the highest to the lowest sort key: of the table
    /// itself, or of an index. `start` is the entry before the first one.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn entries(
        &self,
        (index, name, value): (Option<&str>, &str, &str),
        limit: i32,
        start: Option<Item>,
    ) -> Result<Positions> {
        let query = self
            .query(limit)
            .set_index_name(index.map(str::to_owned))
            .key_condition_expression("#partition = :partition")
            .expression_attribute_names("#partition", name)
            .expression_attribute_values(":partition", text(value))
            // A global index can't be read consistently.
            .set_consistent_read(index.is_none().then_some(true))
            .scan_index_forward(false)
            .set_exclusive_start_key(start);
        let output = query.send().await?;
        Ok((output.items.unwrap_or_default(), output.last_evaluated_key))
    }
}

struct Newest<'a, T, V> {
    table: &'a TableClient<T>,
    partition: Partition<'a>,
    /// The attribute with the id.
    id: &'static str,
    read: fn(&Item) -> Result<V>,
}

impl<T: Table, V> Newest<'_, T, V> {
    fn list(&self) -> Cursor<'_> {
        Cursor { list: T::NAME, partition: self.partition.value }
    }

    fn after(&self, cursor: &str) -> Result<Item> {
        let [id] = self.list().decode::<1>(cursor)?;
        let id = Some(id).filter(|id| (self.partition.is_id)(id)).ok_or(Error::Cursor)?;
        Ok(item([(self.id, text(id)), (self.partition.name, text(self.partition.value))]))
    }
}

impl<T: Table, V: Send + Sync> List for Newest<'_, T, V> {
    type Item = V;
    const KEYS_ONLY: bool = false;

    async fn entries(&self, limit: i32, start: Option<Item>) -> Result<Positions> {
        let Partition { index, name, value, .. } = self.partition;
        self.table.entries((index, name, value), limit, start).await
    }

    fn table_key(&self, entry: &Item) -> TableKey {
        let absent = || AttributeValue::S(String::new());
        let key = T::KEY.iter().map(|name| ((*name).to_owned(), entry.get(*name).cloned().unwrap_or_else(absent)));
        self.table.key(key.collect())
    }

    fn read(&self, item: &Item) -> Result<Option<V>> {
        (self.read)(item).map(Some)
    }

    fn cursor(&self, entry: &Item) -> Result<String> {
        let row = Row::new::<T>(entry);
        let id = row.text(self.id)?;
        if !(self.partition.is_id)(id) {
            return Err(row.corrupt(self.id));
        }
        Ok(self.list().encode(&[id]))
    }
}
