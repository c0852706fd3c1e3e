use std::collections::{BTreeMap, BTreeSet};

use http::StatusCode;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use crate::body::{Body, SchemaBuilder};
use crate::error::Code;
use crate::route::Method;

/// One operation of the document, filled in by the types of the endpoint's input and output.
pub struct Operation<'a> {
    schemas: &'a mut Schemas,
    method: Method,
    pub(crate) parameters: Vec<Value>,
    pub(crate) body: Option<Value>,
    pub(crate) responses: BTreeMap<u16, Value>,
    pub(crate) codes: BTreeSet<Code>,
}

/// The schemas of a document. Named schemas are collected in one place.
pub struct Schemas {
    input: SchemaGenerator,
    output: SchemaGenerator,
}

/// No schemas yet.
impl Default for Schemas {
    fn default() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        Self {
            // Inline: only outputs have names.
            input: settings.clone().for_deserialize().with(|input| input.inline_subschemas = true).into_generator(),
            output: settings.for_serialize().into_generator(),
        }
    }
}

impl Schemas {
    /// The schema of an output.
    pub fn output<T: JsonSchema>(&mut self) -> Schema {
        self.output.subschema_for::<T>()
    }

    /// The schema of `T` itself, without a name. Schemas in it have names.
    pub(crate) fn inline<T: JsonSchema>(&mut self) -> Schema {
        T::json_schema(&mut self.output)
    }

    /// The named schemas.
    pub fn named(&mut self) -> Map<String, Value> {
        self.output.take_definitions(true)
    }
}

impl<'a> Operation<'a> {
    /// An operation with these errors.
    pub(crate) fn new(schemas: &'a mut Schemas, method: Method, codes: BTreeSet<Code>) -> Self {
        Self { schemas, method, parameters: Vec::new(), body: None, responses: BTreeMap::new(), codes }
    }

    /// Whether the operation reads.
    pub(crate) fn is_get(&self) -> bool {
        self.method == Method::Get
    }

    /// Adds errors.
    pub fn add_errors(&mut self, codes: &[Code]) {
        self.codes.extend(codes);
    }

    /// Adds a parameter. `place` is `path`, `query` or `header`.
    pub fn add_parameter(&mut self, place: &str, name: &str, description: &str, schema: impl Into<Value>) {
        let (required, schema) = (place == "path", schema.into());
        self.parameters.push(json!({
            "name": name, "in": place, "required": required, "description": description, "schema": schema,
        }));
    }

    /// Sets the body: a JSON object with the fields that `T` reads.
    pub(crate) fn set_body<T: Body>(&mut self) {
        let mut builder = SchemaBuilder::new(&mut self.schemas.input);
        T::read(&mut builder);
        let schema = builder.schema();
        self.body = Some(json!({ "required": true, "content": { "application/json": { "schema": schema } } }));
    }

    /// Adds a success without a body.
    pub fn add_response(&mut self, status: StatusCode, description: &str, headers: &[&'static str]) {
        self.responses.insert(status.as_u16(), json!({ "description": description, "headers": references(headers) }));
    }

    /// Adds a header to a success that was added before.
    pub fn add_response_header(&mut self, status: StatusCode, name: &'static str) {
        let response = self.responses.get_mut(&status.as_u16()).and_then(|response| response.get_mut("headers"));
        if let Some(headers) = response.and_then(Value::as_object_mut) {
            headers.extend(references(&[name]));
        }
    }

    /// Adds a success with a body. `schema` returns its schema.
    pub fn add_response_with_body(
        &mut self,
        (status, description, headers): (StatusCode, &str, &[&'static str]),
        media_types: &[&str],
        schema: impl FnOnce(&mut Schemas) -> Value,
    ) {
        let schema = schema(self.schemas);
        let one = |media_type: &&str| ((*media_type).to_owned(), json!({ "schema": schema }));
        let content: Map<String, Value> = media_types.iter().map(one).collect();
        let response = json!({ "description": description, "headers": references(headers), "content": content });
        self.responses.insert(status.as_u16(), response);
    }
}

/// References to headers of the document.
pub(crate) fn references(names: &[&str]) -> Map<String, Value> {
    let one = |name: &&str| ((*name).to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }));
    names.iter().map(one).collect()
}
