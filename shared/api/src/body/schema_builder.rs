use dynamo::Invalid;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::fields::{Field, Fields};

/// Builds the schema of a body. Records every requested field, and has no values.
pub struct SchemaBuilder<'a> {
    generator: &'a mut SchemaGenerator,
    properties: Map<String, Value>,
    required: Vec<&'static str>,
    rules: Vec<Value>,
    example: Option<Value>,
}

impl<'a> SchemaBuilder<'a> {
    /// A schema without fields.
    pub fn new(generator: &'a mut SchemaGenerator) -> Self {
        Self { generator, properties: Map::new(), required: Vec::new(), rules: Vec::new(), example: None }
    }

    /// The schema of an object with exactly the requested fields.
    pub fn schema(self) -> Value {
        let mut schema = Map::new();
        schema.insert("type".to_owned(), json!("object"));
        schema.insert("properties".to_owned(), Value::Object(self.properties));
        schema.insert("additionalProperties".to_owned(), json!(false));
        if !self.required.is_empty() {
            schema.insert("required".to_owned(), json!(self.required));
        }
        if !self.rules.is_empty() {
            schema.insert("allOf".to_owned(), Value::Array(self.rules));
        }
        schema.extend(self.example.map(|example| ("examples".to_owned(), json!([example]))));
        Value::Object(schema)
    }
}

impl Fields for SchemaBuilder<'_> {
    fn optional_as<D: JsonSchema, T>(
        &mut self,
        name: &'static str,
        _: impl FnOnce(Field<'_>) -> Result<T, Invalid>,
    ) -> Option<Option<T>> {
        let schema = self.generator.subschema_for::<D>();
        self.properties.insert(name.to_owned(), schema.to_value());
        Some(None)
    }

    fn required_as<D: JsonSchema, T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(Field<'_>) -> Result<T, Invalid>,
    ) -> Option<T> {
        self.required.push(name);
        self.optional_as::<D, T>(name, parse)?
    }

    fn text(&mut self, name: &'static str, example: &'static str) -> Option<String> {
        self.required.push(name);
        self.properties.insert(name.to_owned(), json!({ "type": "string", "examples": [example] }));
        None
    }

    fn at_least_one_of(&mut self, names: &[&'static str]) {
        let one = |name: &&str| json!({ "required": [name] });
        self.rules.push(json!({ "anyOf": names.iter().map(one).collect::<Vec<_>>() }));
        // Tools send this example, so it makes one harmless change instead of all changes.
        self.example = names.first().map(|name| json!({ *name: self.properties.get(*name).map(example) }));
    }

    fn exactly_one_of(&mut self, names: &[&'static str]) {
        let one = |name: &&str| json!({ "required": [name] });
        self.rules.push(json!({ "oneOf": names.iter().map(one).collect::<Vec<_>>() }));
        let has_example = |name: &&&str| self.properties.get(**name).is_some_and(|it| it.get("examples").is_some());
        let shown = self.required.iter().chain(names.iter().find(has_example));
        let shown = shown.map(|name| ((*name).to_owned(), self.properties.get(*name).map_or(json!(true), example)));
        self.example = Some(Value::Object(shown.collect()));
    }

    fn needed_with(&mut self, names: &[&'static str], other: &'static str) {
        let rules: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), json!([other]))).collect();
        self.rules.push(json!({ "dependentRequired": rules }));
    }

    fn refuse(&mut self, _: &str, _: Invalid) {}
}

/// An example of a value with this schema.
fn example(schema: &Value) -> Value {
    schema.pointer("/examples/0").cloned().unwrap_or(json!(true))
}
