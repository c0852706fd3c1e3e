//! The OpenAPI document is complete, and can be read by generators.

use std::collections::BTreeSet;

use catalogue::CATALOGUE;
use serde_json::{Value, json};

use tests::operations;

#[test]
fn every_endpoint_is_described_once() {
    let mut described = BTreeSet::new();
    for (path, method, operation) in operations() {
        let name = operation["operationId"].as_str().unwrap().to_owned();
        assert!(described.insert((name, format!("{} {path}", method.to_uppercase()))));
    }
    let get = CATALOGUE.iter().map(|entry| (entry.name.to_owned(), entry.route.to_string()));
    let head = CATALOGUE.iter().filter_map(|entry| Some((format!("{}_head", entry.name), entry.head()?.to_string())));
    assert_eq!(described, get.chain(head).collect());
}

#[test]
fn every_operation_states_its_purpose() {
    for (path, method, operation) in operations() {
        let text = |name: &str| operation[name].as_str().unwrap_or_default().to_owned();
        assert!(text("summary").len() > 5, "{method} {path}: {:?}", text("summary"));
        assert!(!text("summary").contains('`'), "{method} {path}: the first line does not begin with the route");
        assert!(text("description").contains(&format!("Level: {}", text("x-level"))), "{method} {path}");
    }
}

/// Every schema of a text or number, with its place.
fn leaves(at: &str, schema: &Value, found: &mut Vec<(String, Value)>) {
    match schema {
        Value::Object(members) => {
            if members.get("type").is_some_and(|kind| kind == "string" || kind == "integer" || kind == "number") {
                found.push((at.to_owned(), schema.clone()));
            }
            members.iter().for_each(|(name, member)| leaves(&format!("{at}/{name}"), member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| leaves(at, item, found)),
        _ => {}
    }
}

#[test]
fn texts_and_numbers_have_bounds_or_examples() {
    let mut found = Vec::new();
    leaves("schemas", &catalogue::openapi()["components"]["schemas"], &mut found);
    for (path, method, operation) in operations() {
        leaves(&format!("{method} {path}"), &operation["parameters"], &mut found);
        leaves(&format!("{method} {path}"), &operation["requestBody"], &mut found);
    }
    assert!(found.len() > 60, "{}", found.len());
    let says_more = ["maxLength", "maximum", "pattern", "format", "const", "enum", "examples"];
    for (at, schema) in found {
        assert!(says_more.iter().any(|name| schema.get(name).is_some()), "{at}: {schema}");
    }
}

/// Every schema in a value, with its place.
fn schemas(at: &str, value: &Value, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(members) => {
            found.push((at.to_owned(), value.clone()));
            members.iter().for_each(|(name, member)| schemas(&format!("{at}/{name}"), member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| schemas(at, item, found)),
        _ => {}
    }
}

#[test]
fn a_constant_or_enumeration_has_a_type() {
    let mut found = Vec::new();
    schemas("", &catalogue::openapi(), &mut found);
    // A member that is a schema is a property with that name.
    let fixed =
        |schema: &Value| ["const", "enum"].iter().any(|name| schema.get(name).is_some_and(|value| !value.is_object()));
    found.retain(|(_, schema)| fixed(schema));
    assert!(found.len() > 20, "{}", found.len());
    for (at, schema) in found {
        assert!(schema["type"].is_string(), "{at} has no type, so generators can't tell its values: {schema}");
    }
}

#[test]
fn a_reference_to_a_schema_has_no_siblings() {
    let mut found = Vec::new();
    schemas("", &catalogue::openapi(), &mut found);
    found.retain(|(_, schema)| schema["$ref"].as_str().is_some_and(|target| target.contains("/schemas/")));
    assert!(found.len() > 50, "{}", found.len());
    for (at, schema) in found {
        assert_eq!(schema.as_object().unwrap().len(), 1, "{at}: generators skip the siblings of $ref: {schema}");
    }
}

/// The name and description of each error with a body: not those of HEAD.
fn errors_with_a_body(document: &Value) -> Vec<(&String, &Value)> {
    let responses = document["components"]["responses"].as_object().unwrap().iter();
    let (of_head, others): (Vec<_>, Vec<_>) = responses.partition(|(name, _)| name.ends_with(".head"));
    assert!(of_head.iter().all(|(_, response)| response["content"].is_null()));
    others
}

#[test]
fn every_error_has_the_schema_of_its_status() {
    let document = catalogue::openapi();
    let responses = errors_with_a_body(&document);
    assert!(responses.len() > 20, "{}", responses.len());
    for (name, response) in responses {
        let status: u16 = name[..3].parse().unwrap();
        let media_types = response["content"].as_object().unwrap();
        assert!(!media_types.is_empty(), "{name}");
        let expected = format!("#/components/schemas/Problem{status}");
        for (media_type, content) in media_types {
            assert_eq!(content["schema"]["$ref"], expected, "{name} {media_type}");
        }
        let schema = &document["components"]["schemas"][format!("Problem{status}")];
        let known = schema["properties"]["code"]["enum"].as_array().unwrap_or_else(|| panic!("{name}: no codes"));
        let codes = response["x-codes"].as_array().unwrap_or_else(|| panic!("{name}: no x-codes"));
        assert!(codes.iter().all(|code| known.contains(code)), "{name}: {codes:?} {known:?}");
        assert_eq!(codes.is_empty(), !media_types.contains_key("application/problem+json"), "{name}");
        if codes.is_empty() {
            continue;
        }
        assert_eq!(schema["properties"]["status"]["enum"], json!([status]), "{name}");
    }
}

#[test]
fn an_error_that_the_gateway_has_too_requires_nothing_of_either_body() {
    let document = catalogue::openapi();
    let schemas = &document["components"]["schemas"];
    let mut both = 0;
    for (name, response) in errors_with_a_body(&document) {
        if response["content"].as_object().unwrap().len() < 2 {
            continue;
        }
        both += 1;
        let schema = &schemas[format!("Problem{}", &name[..3])];
        // Generated clients read both bodies with this schema, and a missing required member is an exception.
        assert!(schema["required"].is_null(), "{name}: {}", schema["required"]);
        let validator = validator(schema, schemas);
        for (body, is_valid) in [
            (json!({ "message": "Not Found" }), true),
            (json!({}), false),
            (json!({ "code": schema["properties"]["code"]["enum"][0] }), false),
        ] {
            assert_eq!(validator.is_valid(&body), is_valid, "{name}: {body}");
        }
    }
    assert!(both > 5, "{both}");
}

fn validator(schema: &Value, schemas: &Value) -> jsonschema::Validator {
    jsonschema::validator_for(&json!({ "allOf": [schema], "components": { "schemas": schemas } })).unwrap()
}
