/// Which part of a list is wanted.
#[derive(Clone, Debug)]
pub struct PageRequest {
    /// Most items of a page: 1 to 100.
    pub limit: u8,
    /// Where the page before this one ended.
    pub cursor: Option<String>,
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
