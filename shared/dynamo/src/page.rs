use std::future::Future;

use crate::db::{Db, Item, TableKey};
use crate::error::Result;

/// Upper bound on keys in one BatchGetItem.
const BATCH: i32 = 100;

/// A client's request for a part of a list.
#[derive(Clone, Debug)]
pub struct PageRequest {
    /// Maximum number of items on the page: 1 to 100.
    pub limit: u8,
    /// The cursor from the previous page.
    pub cursor: Option<String>,
}

impl PageRequest {
    /// Maximum number of items on any page.
    pub const MOST: u8 = 100;
}

/// A part of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The same page with other items.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(convert).collect(), next: self.next }
    }
}

/// Reads a list until a page is full. `read` takes the number of items to look at and the position to start from, and
/// returns items with the position to continue from.
///
/// # Errors
/// Those of `read`.
pub async fn fill_page<T, F: Future<Output = Result<(Vec<T>, Option<Item>)>> + Send>(
    limit: u8,
    mut start: Option<Item>,
    read: impl Fn(i32, Option<Item>) -> F,
    cursor: impl Fn(&T) -> String,
) -> Result<Page<T>> {
    let mut items = Vec::new();
    // One item more than the page, to know whether there is a next page.
    let mut wanted = i32::from(limit).saturating_add(1);
    loop {
        let (found, last) = read(wanted, start.take()).await?;
        items.extend(found);
        start = last;
        // If some items are gone, many may be gone. Larger steps then need fewer calls.
        wanted = BATCH;
        if start.is_none() || items.len() > usize::from(limit) {
            break;
        }
    }
    let more = items.len() > usize::from(limit);
    items.truncate(limit.into());
    let next = items.last().filter(|_| more).map(cursor);
    Ok(Page { items, next })
}

/// A list with its order in an index, separate from the items. Some items may no longer exist.
pub trait IndexedList: Sync {
    /// An entry of the index.
    type Key: Send + Sync;
    /// An item.
    type Item: Send;

    /// The next entries, and the position to continue from.
    fn keys(
        &self,
        limit: i32,
        start: Option<Item>,
    ) -> impl Future<Output = Result<(Vec<Self::Key>, Option<Item>)>> + Send;

    /// The key of an entry's item.
    fn table_key(&self, key: &Self::Key) -> TableKey;

    /// Parses a stored item. `None` if the item no longer belongs to the list.
    ///
    /// # Errors
    /// When the item can't be read.
    fn read(&self, item: &Item) -> Result<Option<Self::Item>>;

    /// The cursor of an entry.
    fn cursor(&self, key: &Self::Key) -> String;

    /// A page of the list, filled up to `limit`.
    fn page(&self, db: &Db, limit: u8, start: Option<Item>) -> impl Future<Output = Result<Page<Self::Item>>> + Send {
        async move {
            let read = |wanted: i32, start| async move {
                let (keys, last) = self.keys(wanted.min(BATCH), start).await?;
                Ok((self.existing(db, keys).await?, last))
            };
            let page = fill_page(limit, start, read, |(key, _)| self.cursor(key)).await?;
            Ok(page.map(|(_, item)| item))
        }
    }

    /// The items that still belong to the list, with their entries, in the same order.
    fn existing(
        &self,
        db: &Db,
        keys: Vec<Self::Key>,
    ) -> impl Future<Output = Result<Vec<(Self::Key, Self::Item)>>> + Send {
        async move {
            let items = db.batch_get(keys.iter().map(|key| self.table_key(key)).collect()).await?;
            let mut existing = Vec::new();
            for (key, item) in keys.into_iter().zip(items) {
                let item = item.as_ref().map(|item| self.read(item)).transpose()?.flatten();
                existing.extend(item.map(|item| (key, item)));
            }
            Ok(existing)
        }
    }
}
