use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use api::Answer;
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::record;

static DESCRIPTION: LazyLock<Value> = LazyLock::new(functions::description);
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Headers that no description lists: they are the transport's, or say how to treat any answer.
const UNLISTED: [&str; 4] = ["content-type", "x-content-type-options", "content-security-policy", "referrer-policy"];

/// Holds an answer against the description of the API.
#[track_caller]
pub fn assert_described(function: &str, answer: &Answer) {
    let status = answer.status.as_u16();
    let body: Value = answer
        .body
        .as_deref()
        .map_or(Value::Null, |body| serde_json::from_str(body).unwrap_or_else(|_| Value::from(body)));
    record::answer(function, status, body["code"].as_str().unwrap_or_default());
    let described = response(function, status)
        .unwrap_or_else(|| panic!("{function} answers {status}, which is not described: {body}"));
    for name in answer.headers.keys().filter(|name| !UNLISTED.contains(&name.as_str())) {
        let listed =
            described["headers"].as_object().unwrap().keys().any(|known| known.eq_ignore_ascii_case(name.as_str()));
        assert!(listed, "{function} answers {status} with the header {name}, which is not described");
    }
    let Some(media_type) = answer.headers.get("content-type") else {
        assert!(described["content"].is_null(), "{function} answers {status} without the body that is described");
        return;
    };
    let media_type = media_type.to_str().unwrap().split(';').next().unwrap();
    let schema = &described["content"][media_type]["schema"];
    assert!(schema.is_object(), "{function} answers {status} with {media_type}, which is not described");
    let validator = validator(&format!("{function} {status} {media_type}"), schema);
    // What is no JSON for its readers is a text.
    let body = if media_type.ends_with("json") && schema["type"] != "string" { body } else { Value::from("") };
    let faults: Vec<String> =
        validator.iter_errors(&body).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    assert!(faults.is_empty(), "{function} answers {status} otherwise than described: {faults:?} {body}");
}

/// What is described of an answer with this status.
fn response(function: &str, status: u16) -> Option<Value> {
    let mut operations = DESCRIPTION["paths"].as_object()?.values().flat_map(|path| path.as_object().unwrap().values());
    let operation = operations.find(|operation| operation["operationId"] == function)?;
    let response = operation["responses"].get(status.to_string())?;
    let Some(reference) = response["$ref"].as_str() else { return Some(response.clone()) };
    DESCRIPTION.pointer(reference.strip_prefix('#')?).cloned()
}

/// Function, status and code of everything that is described and no success.
pub fn described_refusals() -> Vec<(String, u16, String)> {
    let mut all = Vec::new();
    let operations =
        DESCRIPTION["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values());
    for operation in operations {
        let function = operation["operationId"].as_str().unwrap();
        for status in operation["responses"].as_object().unwrap().keys().map(|status| status.parse().unwrap()) {
            let response = response(function, status).unwrap();
            let codes = &response["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"]["code"];
            let codes = codes["enum"].as_array().into_iter().flatten();
            all.extend(codes.map(|code| (function.to_owned(), status, code.as_str().unwrap().to_owned())));
        }
    }
    all
}

fn validator(name: &str, schema: &Value) -> Arc<Validator> {
    let mut validators = VALIDATORS.lock().unwrap();
    let new = || {
        let root = json!({ "allOf": [schema], "components": { "schemas": DESCRIPTION["components"]["schemas"] } });
        Arc::new(jsonschema::options().should_validate_formats(true).build(&root).unwrap())
    };
    validators.entry(name.to_owned()).or_insert_with(new).clone()
}
