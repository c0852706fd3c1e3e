use std::collections::VecDeque;
use std::future::Future;

use crate::db::{Db, Item, TableKey};
use crate::error::Result;
use crate::readable::or_logged;

/// Upper bound on keys in one BatchGetItem.
const BATCH: usize = 100;

/// The most positions of its index that one page of a list reads. Dead entries count, too.
pub const POSITIONS: usize = 300;

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
    /// The cursor of the next page. Without one, the list ends here.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The same page with other items.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(convert).collect(), next: self.next }
    }
}

/// The next entries of a list, and the position to continue from.
pub type Positions = (Vec<Item>, Option<Item>);

/// A list whose order comes from an index or a scan. Entries can be dead: their item no longer exists or no longer
/// belongs to the list.
pub trait List: Sync {
    /// An item.
    type Item: Send + Sync;

    /// Whether the index has keys alone, so that items are read separately.
    const KEYS_ONLY: bool;

    /// The next entries, and the position to continue from.
    fn entries(&self, limit: i32, start: Option<Item>) -> impl Future<Output = Result<Positions>> + Send;

    /// The key of an entry's item.
    fn table_key(&self, entry: &Item) -> TableKey;

    /// Parses a stored item. `None` if the item does not belong to the list.
    ///
    /// # Errors
    /// When the item can't be read. Then the list leaves it out.
    fn read(&self, item: &Item) -> Result<Option<Self::Item>>;

    /// The cursor of an entry.
    ///
    /// # Errors
    /// When the entry has no usable position.
    fn cursor(&self, entry: &Item) -> Result<String>;

    /// A page of the list, filled up to `limit` as far as [`POSITIONS`] allow. So a page can be short, even empty, and
    /// still name a next page.
    fn page(&self, db: &Db, limit: u8, start: Option<Item>) -> impl Future<Output = Result<Page<Self::Item>>> + Send {
        async move {
            let mut reading = Reading::new(self, limit, start);
            while reading.looks_further() {
                reading.look(db).await?;
            }
            reading.page()
        }
    }
}

/// The state of a page while it is read.
struct Reading<'a, L: List + ?Sized> {
    list: &'a L,
    limit: usize,
    items: Vec<L::Item>,
    /// Entries that were read, but not looked at.
    ahead: VecDeque<Item>,
    /// The last entry that was looked at.
    last: Option<Result<String>>,
    start: Option<Item>,
    at_end: bool,
    left: usize,
    step: usize,
    rounds: u8,
}

impl<'a, L: List + ?Sized> Reading<'a, L> {
    fn new(list: &'a L, limit: u8, start: Option<Item>) -> Self {
        let (limit, items, ahead) = (usize::from(limit), Vec::new(), VecDeque::new());
        Self { list, limit, items, ahead, last: None, start, at_end: false, left: POSITIONS, step: 1, rounds: 0 }
    }

    fn missing(&self) -> usize {
        self.limit.saturating_sub(self.items.len())
    }

    /// A full page needs one entry more, to know whether there is a next page.
    fn looks_further(&self) -> bool {
        let exhausted = self.ahead.is_empty() && (self.at_end || self.left == 0);
        !exhausted && (self.missing() > 0 || self.ahead.is_empty())
    }

    /// Reads what is missing. If many entries are dead, takes larger steps, which need fewer calls.
    async fn look(&mut self, db: &Db) -> Result<()> {
        let take = self.missing().saturating_mul(self.step).min(BATCH);
        let wanted = take.saturating_add(1).saturating_sub(self.ahead.len()).min(self.left);
        if wanted > 0 && !self.at_end {
            let limit = i32::try_from(wanted).unwrap_or(i32::MAX);
            let (entries, start) = self.list.entries(limit, self.start.take()).await?;
            self.left = self.left.saturating_sub(entries.len().max(1));
            (self.at_end, self.start) = (start.is_none(), start);
            self.ahead.extend(entries);
        }
        let entries: Vec<Item> = self.ahead.drain(..take.min(self.ahead.len())).collect();
        let found = self.found(db, &entries).await?;
        for (at, (entry, item)) in entries.iter().zip(&found).enumerate() {
            if self.missing() == 0 {
                entries.iter().skip(at).rev().for_each(|entry| self.ahead.push_front(entry.clone()));
                break;
            }
            match self.list.cursor(entry) {
                Err(error) if self.last.is_none() => self.last = Some(Err(error)),
                Err(_) => {}
                position => self.last = Some(position),
            }
            self.items.extend(item.as_ref().and_then(|item| self.readable(entry, item)));
        }
        self.rounds = self.rounds.saturating_add(1);
        if self.rounds > 1 {
            self.step = self.step.saturating_mul(4);
        }
        Ok(())
    }

    async fn found(&self, db: &Db, entries: &[Item]) -> Result<Vec<Option<Item>>> {
        if !L::KEYS_ONLY {
            return Ok(entries.iter().cloned().map(Some).collect());
        }
        db.batch_get(entries.iter().map(|entry| self.list.table_key(entry)).collect()).await
    }

    /// One bad item must not hide the good ones.
    fn readable(&self, entry: &Item, item: &Item) -> Option<L::Item> {
        or_logged(self.list.read(item), &self.list.table_key(entry)).flatten()
    }

    fn page(self) -> Result<Page<L::Item>> {
        let more = !self.ahead.is_empty() || !self.at_end;
        let next = self.last.filter(|_| more).transpose()?;
        // Without an entry, there is no position to name.
        Ok(Page { items: self.items, next })
    }
}
