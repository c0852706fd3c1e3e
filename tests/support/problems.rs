//! Problem documents, as tests expect them.

use serde_json::json;

use crate::client::Response;

/// The fields that a 422 names.
#[track_caller]
pub fn fields(response: &Response) -> Vec<String> {
    assert!(response.is(422, "validation_failed"), "{} {}", response.status, response.body);
    let body = response.json();
    let errors = body["errors"].as_array().unwrap();
    assert!(errors.iter().all(|error| !error["message"].as_str().unwrap().is_empty()), "{}", response.body);
    errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
}

/// Asserts a 503 that says when to try again.
#[track_caller]
pub fn assert_unavailable(response: &Response) {
    assert!(response.is(503, "unavailable"), "{} {}", response.status, response.body);
    let seconds: u32 = response.header("retry-after").parse().unwrap();
    assert!(seconds >= 1);
}

/// Asserts a 500 that does not name the cause.
#[track_caller]
pub fn assert_internal(response: &Response) {
    let mut body = response.json();
    body.as_object_mut().unwrap().remove("request_id");
    let expected = json!({
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "Internal server error.",
        "code": "internal",
    });
    assert_eq!((response.status, body), (500, expected));
}
