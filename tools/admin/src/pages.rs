use api::{Page, PageRequest};

use crate::error::Result;

/// Reads all items of a list, page by page.
pub async fn all<T>(page: impl AsyncFn(&PageRequest) -> Result<Page<T>, dynamo::Error>) -> Result<Vec<T>> {
    let mut next = PageRequest { limit: 100, cursor: None };
    let mut items = Vec::new();
    loop {
        let found = page(&next).await?;
        items.extend(found.items);
        next.cursor = found.next;
        if next.cursor.is_none() {
            return Ok(items);
        }
    }
}
