use api::{Page, PageRequest};

use crate::error::Result;

/// The pages that a command reads if a list may have any number of dead entries.
const FIRST: usize = 10;

/// Reads all items of a list, page by page.
pub async fn all<T>(page: impl AsyncFn(&PageRequest) -> Result<Page<T>, dynamo::Error>) -> Result<Vec<T>> {
    let mut items = Vec::new();
    each(page, async |found| items.extend(found)).await?;
    Ok(items)
}

/// Does something with each page of a list, before the next page is read.
pub async fn each<T>(
    page: impl AsyncFn(&PageRequest) -> Result<Page<T>, dynamo::Error>,
    mut done: impl AsyncFnMut(Vec<T>),
) -> Result<()> {
    let mut next = PageRequest { limit: PageRequest::MOST, cursor: None };
    loop {
        let found = page(&next).await?;
        done(found.items).await;
        next.cursor = found.next;
        if next.cursor.is_none() {
            return Ok(());
        }
    }
}

/// Reads the first pages of a list. Returns the items, and whether the list has more pages.
pub async fn first<T>(page: impl AsyncFn(&PageRequest) -> Result<Page<T>, dynamo::Error>) -> Result<(Vec<T>, bool)> {
    let mut next = PageRequest { limit: PageRequest::MOST, cursor: None };
    let mut items = Vec::new();
    for _ in 0..FIRST {
        let found = page(&next).await?;
        items.extend(found.items);
        next.cursor = found.next;
        if next.cursor.is_none() {
            break;
        }
    }
    Ok((items, next.cursor.is_some()))
}
