//! Problem documents, as tests expect them.

use serde_json::Value;

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
    assert_fault(response, "503");
    let seconds: u32 = response.header("retry-after").parse().unwrap();
    assert!(seconds >= 1);
}

/// Asserts a 500 that does not name the cause.
#[track_caller]
pub fn assert_internal(response: &Response) {
    assert_fault(response, "500");
}

/// Asserts the fault that `.ci/generators` replays to generated clients.
#[track_caller]
fn assert_fault(response: &Response, status: &str) {
    let replayed: Value = serde_json::from_str(include_str!("../clients/faults.json")).unwrap();
    let mut body = response.json();
    body.as_object_mut().unwrap().remove("request_id");
    assert_eq!((response.status.to_string().as_str(), &body), (status, &replayed[status]));
}
