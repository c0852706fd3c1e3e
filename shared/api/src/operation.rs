use std::collections::{BTreeMap, BTreeSet};

use auth::Level;
use http::StatusCode;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use crate::code::Code;
use crate::input::Body;
use crate::limit::Limit;
use crate::sketch::Sketch;

/// What an endpoint takes and answers, as its types say it.
pub struct Operation<'a> {
    schemas: &'a mut Schemas,
    pub(crate) parameters: Vec<Value>,
    pub(crate) body: Option<Value>,
    pub(crate) answers: BTreeMap<u16, Value>,
    pub(crate) codes: BTreeSet<Code>,
}

/// The schemas of a document: those that have a name are kept in one place.
pub struct Schemas {
    given: SchemaGenerator,
    shown: SchemaGenerator,
}

/// None yet.
impl Default for Schemas {
    fn default() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        Self {
            // Inline: only what is answered has names.
            given: settings.clone().for_deserialize().with(|given| given.inline_subschemas = true).into_generator(),
            shown: settings.for_serialize().into_generator(),
        }
    }
}

impl Schemas {
    /// The schema of what is answered.
    pub fn shown<T: JsonSchema>(&mut self) -> Schema {
        self.shown.subschema_for::<T>()
    }

    /// Those with a name.
    pub fn named(&mut self) -> Map<String, Value> {
        self.shown.take_definitions(true)
    }
}

impl<'a> Operation<'a> {
    /// What every endpoint of this level and with these limits has.
    pub(crate) fn new(schemas: &'a mut Schemas, level: Level, limits: &[Limit]) -> Self {
        let mut codes = BTreeSet::from([Code::MalformedRequest, Code::Internal, Code::Unavailable]);
        if !limits.is_empty() {
            codes.insert(Code::RateLimited);
        }
        if level != Level::Public {
            codes.extend([Code::TokenMissing, Code::TokenInvalid, Code::TokenExpired]);
        }
        match level {
            Level::Public | Level::Authenticated => {}
            Level::Staff => codes.extend([Code::StaffRequired]),
            Level::Superuser => codes.extend([Code::SuperuserRequired]),
        }
        Self { schemas, parameters: Vec::new(), body: None, answers: BTreeMap::new(), codes }
    }

    /// It can fail in these ways.
    pub fn fails(&mut self, codes: &[Code]) {
        self.codes.extend(codes);
    }

    /// It takes a parameter: `place` is `path`, `query` or `header`.
    pub fn parameter(&mut self, place: &str, name: &str, description: &str, schema: impl Into<Value>) {
        let (required, schema) = (place == "path", schema.into());
        self.parameters.push(json!({
            "name": name, "in": place, "required": required, "description": description, "schema": schema,
        }));
    }

    /// It takes a JSON object with the members that `T` asks for.
    pub(crate) fn object<T: Body>(&mut self) {
        let mut sketch = Sketch::new(&mut self.schemas.given);
        T::read(&mut sketch);
        let schema = sketch.schema();
        self.body = Some(json!({ "required": true, "content": { "application/json": { "schema": schema } } }));
    }

    /// It answers a success without a body.
    pub fn answer(&mut self, status: StatusCode, description: &str, headers: &[&'static str]) {
        self.answers.insert(status.as_u16(), json!({ "description": description, "headers": references(headers) }));
    }

    /// It answers a success with a body, whose schema `schema` gives.
    pub fn answer_with(
        &mut self,
        (status, description, headers): (StatusCode, &str, &[&'static str]),
        media_types: &[&str],
        schema: impl FnOnce(&mut Schemas) -> Value,
    ) {
        let schema = schema(self.schemas);
        let one = |media_type: &&str| ((*media_type).to_owned(), json!({ "schema": schema }));
        let content: Map<String, Value> = media_types.iter().map(one).collect();
        let answer = json!({ "description": description, "headers": references(headers), "content": content });
        self.answers.insert(status.as_u16(), answer);
    }
}

/// References to headers of the document.
pub(crate) fn references(names: &[&str]) -> Map<String, Value> {
    let one = |name: &&str| ((*name).to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }));
    names.iter().map(one).collect()
}
