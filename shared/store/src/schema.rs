//! Schemas of what is text in JSON and no type of this crate's own.

/// Implements `JsonSchema` for a type whose schema stands wherever it is used, and has no name in a document. The crate
/// that uses it needs `schemars`.
#[macro_export]
macro_rules! inline_schema {
    ($name:ident, $schema:tt) => {
        $crate::inline_schema!($name, |_| ::schemars::json_schema!($schema));
    };
    ($name:ident, |$generator:pat_param| $schema:expr) => {
        impl ::schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema($generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                $schema
            }
        }
    };
}

/// An id: a UUIDv7, hyphenated.
pub struct Id;

/// An instant, as [`crate::rfc3339`] writes it.
pub struct Instant;

inline_schema!(Id, { "type": "string", "format": "uuid", "examples": ["01976b2c-8d3e-7a41-9c5f-2e8b7d6a4f10"] });
inline_schema!(Instant, { "type": "string", "format": "date-time", "examples": ["2026-11-25T09:30:00.000Z"] });
