//! The OpenAPI document is the reviewed one, and is complete.

use std::collections::BTreeSet;

use catalogue::CATALOGUE;
use serde_json::Value;

use tests::operations;
use tests::repository::{read, root};

const FILE: &str = "docs/openapi.json";

#[test]
fn the_openapi_document_is_the_reviewed_one() {
    let text = serde_json::to_string_pretty(&catalogue::openapi()).unwrap() + "\n";
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(root().join(FILE), &text).unwrap();
    }
    let reviewed = read(FILE);
    for (number, (reviewed, described)) in reviewed.lines().zip(text.lines()).enumerate() {
        let hint = "is out of date: review and rewrite it with UPDATE_OPENAPI=1 cargo test --test tidy";
        assert_eq!(reviewed, described, "line {} of {FILE} {hint}", number + 1);
    }
    assert_eq!(reviewed.len(), text.len());
}

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
        assert!(text("description").contains(&format!("Level: {}.", text("x-level"))), "{method} {path}");
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
