use std::collections::BTreeSet;

use api::Entry;
use serde_json::Value;

/// The fields of the bodies of an operation.
pub struct Fields {
    /// The fields of its successes.
    pub read: BTreeSet<String>,
    /// The fields of its requests.
    pub written: BTreeSet<String>,
    /// Whether the call makes what the fields belong to.
    pub are_new: bool,
}

/// The fields of an endpoint in the OpenAPI document.
pub fn of_operation(document: &Value, entry: &Entry) -> Fields {
    let method = entry.route.method.as_str().to_lowercase();
    let operation = document.get("paths").and_then(|paths| paths.get(entry.route.path)?.get(method));
    let responses = operation.and_then(|operation| operation.get("responses")?.as_object());
    let successes = responses.into_iter().flatten().filter(|(status, _)| status.starts_with('2'));
    Fields {
        read: successes.flat_map(|(_, response)| of_body(document, response)).collect(),
        written: operation
            .and_then(|operation| operation.get("requestBody"))
            .map_or_else(BTreeSet::new, |body| of_body(document, body)),
        are_new: responses.is_some_and(|responses| responses.contains_key("201")),
    }
}

/// The fields of all media types of a body. Of a list, those of its items.
fn of_body(document: &Value, body: &Value) -> BTreeSet<String> {
    let media_types = body.get("content").and_then(Value::as_object).into_iter().flatten();
    let schemas = media_types.filter_map(|(_, content)| content.get("schema"));
    let names = schemas.flat_map(|schema| inner(document, schema, "", &[]));
    names.map(|name| name.trim_start_matches("[].").to_owned()).filter(|name| name != "[]").collect()
}

/// The fields in a schema: `a.b` in an object, `a[].b` in the objects of a list, `a.*` for any name.
fn inner(document: &Value, schema: &Value, name: &str, within: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let reference = schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
    // A schema that has itself as a field ends there.
    if let Some(pointer) = reference.filter(|pointer| !within.contains(pointer)) {
        let within = [within, &[pointer]].concat();
        found
            .extend(document.pointer(pointer).map(|target| inner(document, target, name, &within)).unwrap_or_default());
    }
    for keyword in ["allOf", "anyOf", "oneOf"] {
        let parts = schema.get(keyword).and_then(Value::as_array).into_iter().flatten();
        found.extend(parts.flat_map(|part| inner(document, part, name, within)));
    }
    for (member, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let separator = if name.is_empty() { "" } else { "." };
        found.extend(field(document, schema, &format!("{name}{separator}{member}"), within));
    }
    if let Some(items) = schema.get("items") {
        found.extend(field(document, items, &format!("{name}[]"), within));
    }
    if let Some(any) = schema.get("additionalProperties").filter(|any| any.is_object()) {
        found.extend(field(document, any, &format!("{name}.*"), within));
    }
    found
}

/// The fields in a field, or the field itself if it has none.
fn field(document: &Value, schema: &Value, name: &str, within: &[&str]) -> BTreeSet<String> {
    let fields = inner(document, schema, name, within);
    if fields.is_empty() { BTreeSet::from([name.to_owned()]) } else { fields }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn assert_fields(schema: Value, expected: &[&str]) {
        let document = json!({ "components": { "schemas": {
            "Part": { "type": "object", "properties": { "x": { "type": "string" }, "y": { "type": "integer" } } },
            "Tree": { "properties": { "leaf": {}, "branches": { "items": { "$ref": "#/components/schemas/Tree" } } } },
        } } });
        let body = json!({ "content": { "application/json": { "schema": schema } } });
        assert_eq!(of_body(&document, &body).into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn fields_are_named_by_their_place() {
        let part = || json!({ "$ref": "#/components/schemas/Part" });
        assert_fields(part(), &["x", "y"]);
        assert_fields(json!({ "type": "array", "items": part() }), &["x", "y"]);
        assert_fields(
            json!({ "properties": { "a": part(), "b": { "items": part() } } }),
            &["a.x", "a.y", "b[].x", "b[].y"],
        );
        assert_fields(json!({ "properties": { "a": { "items": { "type": "string" } }, "b": true } }), &["a[]", "b"]);
        assert_fields(json!({ "properties": { "a": { "additionalProperties": part() } } }), &["a.*.x", "a.*.y"]);
        assert_fields(json!({ "properties": { "a": { "additionalProperties": false } } }), &["a"]);
        assert_fields(json!({ "type": "string" }), &[]);
    }

    #[test]
    fn alternatives_are_one_field_and_conditions_are_none() {
        let part = json!({ "$ref": "#/components/schemas/Part" });
        assert_fields(json!({ "properties": { "a": { "anyOf": [part, { "type": "null" }] } } }), &["a.x", "a.y"]);
        assert_fields(json!({ "properties": { "a": { "anyOf": [{ "type": "string" }, {}] } } }), &["a"]);
        assert_fields(json!({ "properties": { "a": {} }, "allOf": [{ "anyOf": [{ "required": ["a"] }] }] }), &["a"]);
    }

    #[test]
    fn a_schema_in_itself_ends() {
        assert_fields(json!({ "$ref": "#/components/schemas/Tree" }), &["branches[]", "leaf"]);
    }
}
