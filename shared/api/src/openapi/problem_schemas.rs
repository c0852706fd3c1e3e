use std::collections::{BTreeMap, BTreeSet};

use http::StatusCode;
use schemars::Schema;
use serde_json::{Map, Value, json};

use crate::error::{Code, codes};

/// The schemas of errors, one for each status. Generated clients read all media types of a response with one schema. So
/// if the gateway has errors of the status too, the schema describes both, and nothing in it is `required` by itself.
pub struct ProblemSchemas {
    problem: Schema,
    /// The statuses of the gateway's own errors.
    of_gateway: BTreeSet<StatusCode>,
    codes: BTreeMap<StatusCode, BTreeSet<Code>>,
}

impl ProblemSchemas {
    /// No schemas yet. `problem` is the schema of any problem. The gateway has errors with the statuses `of_gateway`.
    pub fn new(problem: Schema, of_gateway: BTreeSet<StatusCode>) -> Self {
        Self { problem, of_gateway, codes: BTreeMap::new() }
    }

    /// A reference to the schema of this status, which describes these codes from now on.
    pub fn reference(&mut self, status: StatusCode, codes: &[Code]) -> Value {
        self.codes.entry(status).or_default().extend(codes);
        json!({ "$ref": format!("#/components/schemas/{}", name(status)) })
    }

    /// All schemas, by name.
    pub fn named(&self) -> Map<String, Value> {
        let one = |(status, codes): (&StatusCode, &BTreeSet<Code>)| {
            let schema = if codes.is_empty() { of_gateway_only(*status) } else { self.problem_of(*status, codes) };
            (name(*status), schema)
        };
        let message = json!({
            "description": "The gateway's own error.",
            "type": "object",
            "properties": Map::from_iter([message(StatusCode::NOT_FOUND)]),
            "required": ["message"],
        });
        let problem = self.problem.clone().to_value();
        let any = [("GatewayMessage".to_owned(), message), ("Problem".to_owned(), problem)];
        self.codes.iter().map(one).chain(any).collect()
    }

    fn problem_of(&self, status: StatusCode, codes: &BTreeSet<Code>) -> Value {
        let is_of_gateway = self.of_gateway.contains(&status);
        let mut schema = self.problem.clone();
        schema.insert("description".to_owned(), json!(description(status, is_of_gateway)));
        let names: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
        let details = codes.iter().take(1).map(|code| code.sentence());
        let has_errors = codes.contains(&codes::VALIDATION_FAILED);
        replace_bounds(&mut schema, "title", "examples", json!([status.canonical_reason()]));
        replace_bounds(&mut schema, "status", "enum", json!([status.as_u16()]));
        replace_bounds(&mut schema, "detail", "examples", details.collect());
        replace_bounds(&mut schema, "code", "enum", json!(names));
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            properties.retain(|name, _| name != "errors" || has_errors);
            properties.extend(is_of_gateway.then(|| message(status)));
            properties.extend(codes.iter().filter_map(|code| member(*code)));
        }
        if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
            required.extend(has_errors.then(|| json!("errors")));
        }
        if is_of_gateway {
            schema.remove("required");
            schema.insert("if".to_owned(), json!({ "$ref": "#/components/schemas/GatewayMessage" }));
            schema.insert("else".to_owned(), json!({ "$ref": "#/components/schemas/Problem" }));
        }
        schema.to_value()
    }
}

/// Replaces the bounds of a property.
fn replace_bounds(schema: &mut Schema, property: &str, name: &str, value: Value) {
    let property = schema.pointer_mut(&format!("/properties/{property}")).and_then(Value::as_object_mut);
    if let Some(property) = property {
        property.retain(|name, _| name == "description" || name == "type");
        property.insert(name.to_owned(), value);
    }
}

/// The property of a code's own member.
fn member(code: Code) -> Option<(String, Value)> {
    let (code, member) = (code.as_str(), code.member()?);
    let description = format!("With `{code}`: {}", member.description);
    Some((member.name.to_owned(), json!({ "description": description, "type": "string", "examples": ["..."] })))
}

fn name(status: StatusCode) -> String {
    format!("Problem{}", status.as_u16())
}

fn description(status: StatusCode, is_of_gateway: bool) -> String {
    let message = if is_of_gateway { " The gateway's own error has only a `message`." } else { "" };
    format!("An error with the status {}.{message}", status.as_u16())
}

/// An error that only the gateway has. It has no code, but clients can read the code of every error alike.
fn of_gateway_only(status: StatusCode) -> Value {
    let code = json!({ "description": "Absent: the error has no code.", "type": "string", "enum": [""] });
    json!({
        "description": description(status, true),
        "type": "object",
        "properties": Map::from_iter([("code".to_owned(), code), message(status)]),
        "required": ["message"],
    })
}

fn message(status: StatusCode) -> (String, Value) {
    let examples = [status.canonical_reason()];
    let schema = json!({ "description": "The gateway's own error.", "type": ["string", "null"], "examples": examples });
    ("message".to_owned(), schema)
}
