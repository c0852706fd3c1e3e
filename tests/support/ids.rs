//! Ids that no item has.

use crate::app::TestApp;
use crate::client::Response;

/// Texts like the id, as a part of a path. None of them is the id of an item. `below` is a word that can follow the id in
/// a route.
pub fn odd_ids(id: &str, below: &str) -> [String; 22] {
    let simple = id.replace('-', "");
    [
        format!("{id}%20"),
        format!("%20{id}"),
        format!("{id}%09"),
        format!("{id}%00"),
        format!("{id}%2F"),
        format!("{id}%2F{below}"),
        format!("x%2F..%2F{id}"),
        format!("{id}%23x"),
        format!("{id}%3Fx=1"),
        format!("%7B{id}%7D"),
        format!("urn:uuid:{id}"),
        format!("{id},{id}"),
        simple.clone(),
        format!("%7B{simple}%7D"),
        "%".to_owned(),
        "%zz".to_owned(),
        "%ff".to_owned(),
        "%C3%A9".to_owned(),
        "..".to_owned(),
        "1".to_owned(),
        "00000000-0000-0000-0000-000000000000".to_owned(),
        "x".repeat(2049),
    ]
}

/// Asserts that `responses`, the only calls since [`crate::Proxy::take_calls`], are 404, and that the id was not looked
/// up.
#[track_caller]
pub fn assert_no_item_can_have(id: &str, app: &TestApp, responses: &[Response]) {
    for response in responses {
        assert!(response.is(404, "not_found"), "{id}: {} {}", response.status, response.body);
    }
    let calls = app.dynamo.take_calls();
    let looked_up = |call: &&crate::Call| call.body.to_string().contains(&format!("\"{id}\""));
    assert_eq!(calls.iter().filter(looked_up).count(), 0, "{id}: {calls:?}");
}
