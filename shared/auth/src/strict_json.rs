use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

/// Upper bound on fields per object: limits the work that hostile JSON can cause.
const MOST: usize = 64;

/// A JSON object of at most 64 fields without duplicates, so that two parsers can't disagree about a field's value.
pub struct JsonObject<V = Value>(Vec<(String, V)>);

impl<V> JsonObject<V> {
    /// The fields, in the order of the text.
    pub fn into_fields(self) -> Vec<(String, V)> {
        self.0
    }

    pub(crate) fn get(&self, name: &str) -> Option<&V> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

impl JsonObject {
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    /// A NumericDate (RFC 7519, section 2): seconds, possibly with a fraction.
    pub(crate) fn seconds(&self, name: &str) -> Option<f64> {
        self.get(name)?.as_f64().filter(|seconds| seconds.is_finite())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for JsonObject<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor(PhantomData))
    }
}

struct FieldsVisitor<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for FieldsVisitor<V> {
    type Value = JsonObject<V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonObject<V>, A::Error> {
        let mut fields: Vec<(String, V)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, V>()? {
            if fields.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom("duplicate field"));
            }
            if fields.len() >= MOST {
                return Err(A::Error::custom("too many fields"));
            }
            fields.push((name, value));
        }
        Ok(JsonObject(fields))
    }
}
