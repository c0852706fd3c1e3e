//! JSON schemas of values that are text in JSON.

use jiff::Timestamp;
use schemars::json_schema;
use serde::Serializer;

use crate::instant::INSTANT;

/// Implements `JsonSchema` for a type with an inline schema: repeated at each use, without a name in the document.
#[macro_export]
macro_rules! inline_schema {
    ($name:ident, $schema:tt) => {
        $crate::inline_schema!($name, |_| $crate::schemars::json_schema!($schema));
    };
    ($name:ident, |$generator:pat_param| $schema:expr) => {
        impl $crate::schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema($generator: &mut $crate::schemars::SchemaGenerator) -> $crate::schemars::Schema {
                $schema
            }
        }
    };
}

/// Serializes an instant as RFC 3339 text with milliseconds.
///
/// # Errors
/// When the serializer fails.
pub fn rfc3339<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{at:.3}"))
}

/// Serializes an instant that may be absent as [`rfc3339`].
///
/// # Errors
/// When the serializer fails.
pub fn optional_rfc3339<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => rfc3339(at, serializer),
        None => serializer.serialize_none(),
    }
}

/// An id: a UUIDv7, hyphenated.
pub struct Id;

/// An instant, as [`crate::rfc3339`] writes it and [`crate::parse_instant`] reads it.
pub struct Instant;

inline_schema!(Id, { "type": "string", "format": "uuid", "examples": ["01976b2c-8d3e-7a41-9c5f-2e8b7d6a4f10"] });
inline_schema!(Instant, |generator| {
    let mut schema =
        json_schema!({ "type": "string", "format": "date-time", "examples": ["2026-11-25T09:30:00.000Z"] });
    if generator.contract().is_deserialize() {
        schema.insert("pattern".to_owned(), INSTANT.into());
    }
    schema
});
