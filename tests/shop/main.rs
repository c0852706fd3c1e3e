//! The example domain: its products and favourites. Delete this suite together with the shop.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod cursors;
mod erasure;
mod favorites;
mod favorites_list;
mod headers;
mod ids;
mod items;
mod lists;
mod members;
mod outage;
mod prices;
mod products;
mod scenarios;
mod sizes;

use tests::{Client, Response};

/// The path of the next page, if the response names one.
fn next(response: &Response) -> Option<String> {
    let link = response.headers.get("link")?.to_str().unwrap();
    Some(link.strip_prefix('<').unwrap().strip_suffix(r#">; rel="next""#).unwrap().to_owned())
}

/// The ids on a page.
fn ids(response: &Response) -> Vec<String> {
    assert_eq!(response.status, 200, "{}", response.body);
    let items = response.json();
    items.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// The ids of all pages from `path` on, one list per page.
async fn pages(caller: &Client, path: &str) -> Vec<Vec<String>> {
    let (mut path, mut pages) = (path.to_owned(), Vec::new());
    loop {
        let response = caller.get(&path).await;
        pages.push(ids(&response));
        assert!(pages.len() < 200, "the list never ends");
        let Some(more) = next(&response) else { return pages };
        path = more;
    }
}

/// The fields that a 422 names.
fn fields(response: &Response) -> Vec<String> {
    assert!(response.is(422, "validation_failed"), "{} {}", response.status, response.body);
    let body = response.json();
    let errors = body["errors"].as_array().unwrap();
    assert!(errors.iter().all(|error| !error["message"].as_str().unwrap().is_empty()), "{}", response.body);
    errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
}

fn assert_unavailable(response: &Response) {
    assert!(response.is(503, "unavailable"), "{} {}", response.status, response.body);
    let seconds: u32 = response.header("retry-after").parse().unwrap();
    assert!(seconds >= 1);
}
