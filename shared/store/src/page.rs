use std::future::Future;

use crate::db::Item;
use crate::error::Result;

/// Most keys of one BatchGetItem.
const BATCH: i32 = 100;

/// Which part of a list is wanted.
#[derive(Clone, Debug)]
pub struct PageRequest {
    /// Most items of a page: 1 to 100.
    pub limit: u8,
    /// Where the page before this one ended.
    pub cursor: Option<String>,
}

impl PageRequest {
    /// Most items of any page.
    pub const MOST: u8 = 100;
}

/// A part of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Cuts a page from `items`, of which one more than `limit` was read if there are more.
    pub(crate) fn cut(mut items: Vec<T>, limit: u8, cursor: impl FnOnce(&T) -> String) -> Self {
        let more = items.len() > usize::from(limit);
        items.truncate(limit.into());
        let next = items.last().filter(|_| more).map(cursor);
        Self { items, next }
    }
}

/// A list whose order is kept apart from its items, of which some may be gone.
pub(crate) trait Listing: Sync {
    /// Where an item stands in the list.
    type Position: Send;
    /// An item.
    type Item: Send;

    /// The next positions, and where to go on.
    fn positions(
        &self,
        limit: i32,
        start: Option<Item>,
    ) -> impl Future<Output = Result<(Vec<Self::Position>, Option<Item>)>> + Send;

    /// The items at these positions that are still there, in the same order.
    fn living(
        &self,
        positions: Vec<Self::Position>,
    ) -> impl Future<Output = Result<Vec<(Self::Position, Self::Item)>>> + Send;

    /// The cursor of a position.
    fn cursor(&self, position: &Self::Position) -> String;

    /// A page of it, filled up to `limit`.
    fn page(&self, limit: u8, mut start: Option<Item>) -> impl Future<Output = Result<Page<Self::Item>>> + Send {
        async move {
            let mut found = Vec::new();
            let mut wanted = i32::from(limit).saturating_add(1).min(BATCH);
            loop {
                let (positions, last) = self.positions(wanted, start.take()).await?;
                found.extend(self.living(positions).await?);
                start = last;
                // Where some are gone, many may be: no more small steps.
                wanted = BATCH;
                if start.is_none() || found.len() > usize::from(limit) {
                    let Page { items, next } = Page::cut(found, limit, |(position, _)| self.cursor(position));
                    return Ok(Page { items: items.into_iter().map(|(_, item)| item).collect(), next });
                }
            }
        }
    }
}
