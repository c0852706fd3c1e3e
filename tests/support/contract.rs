use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use api::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonschema::Validator;
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;

use crate::record;

static OPENAPI: LazyLock<Value> = LazyLock::new(catalogue::openapi);
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Headers that the OpenAPI document does not list, because every response can have them. `tests/access` tests them.
const UNLISTED: [&str; 9] = [
    "content-length",
    "content-security-policy",
    "content-type",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "referrer-policy",
    "strict-transport-security",
    "vary",
    "x-content-type-options",
];

/// Asserts that a response is as the OpenAPI document describes it.
#[track_caller]
pub fn assert_documented(function: &str, response: &Response) {
    let status = response.status.as_u16();
    let body: Value = response
        .body
        .as_deref()
        .map_or(Value::Null, |body| serde_json::from_str(body).unwrap_or_else(|_| Value::from(body)));
    record::response(function, status, body["code"].as_str().unwrap_or_default());
    let documented = documented_response(function, status)
        .unwrap_or_else(|| panic!("{function} returns {status}, which is not documented: {body}"));
    assert_headers(&format!("{function} returns {status}"), response, &documented["headers"]);
    let Some(media_type) = response.headers.get("content-type").filter(|_| response.body.is_some()) else {
        assert!(documented["content"].is_null(), "{function} returns {status} without the documented body");
        return;
    };
    let media_type = media_type.to_str().unwrap().split(';').next().unwrap();
    let schema = &documented["content"][media_type]["schema"];
    assert!(schema.is_object(), "{function} returns {status} with {media_type}, which is not documented");
    // The document describes other media types as text.
    let body = if media_type.ends_with("json") { body } else { Value::from("") };
    let faults = faults(&format!("{function} {status} {media_type}"), schema, &body);
    assert!(faults.is_empty(), "{function} returns {status} unlike its documentation: {faults:?} {body}");
    if media_type == "application/problem+json" {
        assert_problem(&format!("{function} {status}"), &documented, &body);
    }
}

/// Asserts that a problem is complete, and has a code of this very response. The schema of its status has the codes of
/// all endpoints.
#[track_caller]
fn assert_problem(which: &str, documented: &Value, body: &Value) {
    // A code can have a member of its own, which the schema of its status has.
    let mut common = body.clone();
    let known = OPENAPI["components"]["schemas"]["Problem"]["properties"].as_object().unwrap();
    common.as_object_mut().unwrap().retain(|name, _| known.contains_key(name));
    let faults = faults("Problem", &json!({ "$ref": "#/components/schemas/Problem" }), &common);
    assert!(faults.is_empty(), "{which} is no complete problem: {faults:?} {body}");
    let codes = documented["x-codes"].as_array().unwrap();
    assert!(codes.contains(&body["code"]), "{which} has the code {}, which is not documented", body["code"]);
}

/// Asserts that every header is documented, and that every required header is present.
#[track_caller]
fn assert_headers(which: &str, response: &Response, documented: &Value) {
    let documented = documented.as_object().unwrap();
    for name in response.headers.keys().filter(|name| !UNLISTED.contains(&name.as_str())) {
        let listed = documented.keys().any(|known| known.eq_ignore_ascii_case(name.as_str()));
        assert!(listed, "{which} with the header {name}, which is not documented");
    }
    for (name, header) in documented {
        let always = resolved(header)["required"] == true;
        assert!(!always || response.headers.contains_key(name), "{which} without the header {name}");
    }
}

/// The documented response with this status.
fn documented_response(function: &str, status: u16) -> Option<Value> {
    Some(resolved(operation(function)?["responses"].get(status.to_string())?))
}

/// The operation of a function.
pub(crate) fn operation(function: &str) -> Option<&'static Value> {
    operations().map(|(.., operation)| operation).find(|operation| operation["operationId"] == function)
}

/// Whether an endpoint documents this header of the request.
pub fn takes_header(function: &str, header: &str) -> bool {
    let parameters = operation(function).and_then(|operation| operation["parameters"].as_array());
    parameters.into_iter().flatten().any(|parameter| parameter["in"] == "header" && parameter["name"] == header)
}

/// Path, method and content of every operation.
pub fn operations() -> impl Iterator<Item = (&'static str, &'static str, &'static Value)> {
    OPENAPI["paths"].as_object().unwrap().iter().flat_map(|(path, methods)| {
        methods.as_object().unwrap().iter().map(|(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

/// The target of a reference, or the value itself.
fn resolved(value: &Value) -> Value {
    let Some(reference) = value["$ref"].as_str() else { return value.clone() };
    OPENAPI.pointer(reference.strip_prefix('#').unwrap()).unwrap().clone()
}

/// Asserts that an accepted body is as the OpenAPI document describes it.
#[track_caller]
pub fn assert_taken(function: &str, event: &Value) {
    let schema = &operation(function).unwrap()["requestBody"]["content"]["application/json"]["schema"];
    let Some(body) = event["body"].as_str().filter(|_| schema.is_object()) else { return };
    let body = match event["isBase64Encoded"] == true {
        true => STANDARD.decode(body).unwrap(),
        false => body.as_bytes().to_vec(),
    };
    // Lengths count composed characters.
    let text: String = String::from_utf8(body).unwrap().nfc().collect();
    let body: Value = serde_json::from_str(&text).unwrap();
    let faults = faults(&format!("{function} takes"), schema, &body);
    assert!(faults.is_empty(), "{function} accepts a body that is not documented: {faults:?} {body}");
}

/// The function, status and code of every documented error response.
pub fn documented_errors() -> Vec<(String, u16, String)> {
    let mut all = Vec::new();
    for (.., operation) in operations() {
        let function = operation["operationId"].as_str().unwrap();
        for status in operation["responses"].as_object().unwrap().keys().map(|status| status.parse().unwrap()) {
            let response = documented_response(function, status).unwrap();
            let codes = response["x-codes"].as_array().into_iter().flatten();
            all.extend(codes.map(|code| (function.to_owned(), status, code.as_str().unwrap().to_owned())));
        }
    }
    all
}

/// The ways in which a value breaks a schema. `name` names the schema.
fn faults(name: &str, schema: &Value, value: &Value) -> Vec<String> {
    let mut validators = VALIDATORS.lock().unwrap();
    let new = || {
        let root = json!({ "allOf": [schema], "components": { "schemas": closed_schemas() } });
        Arc::new(jsonschema::options().should_validate_formats(true).build(&root).unwrap())
    };
    let validator = validators.entry(name.to_owned()).or_insert_with(new).clone();
    drop(validators);
    validator.iter_errors(value).map(|fault| format!("{}: {fault}", fault.instance_path())).collect()
}

/// All schemas without additional fields. Clients must accept new fields, but the tests must notice them.
fn closed_schemas() -> Value {
    let mut schemas = OPENAPI["components"]["schemas"].clone();
    for schema in schemas.as_object_mut().unwrap().values_mut() {
        schema["additionalProperties"] = json!(false);
    }
    schemas
}
