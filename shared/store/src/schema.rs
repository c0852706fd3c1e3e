//! Schemas of what is text in JSON and no type of this crate's own.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// An id: a UUIDv7, hyphenated.
pub struct Id;

/// An instant, as [`crate::rfc3339`] writes it.
pub struct Instant;

impl JsonSchema for Id {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Id".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "uuid", "examples": ["01976b2c-8d3e-7a41-9c5f-2e8b7d6a4f10"] })
    }
}

impl JsonSchema for Instant {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Instant".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time", "examples": ["2026-11-25T09:30:00.000Z"] })
    }
}
