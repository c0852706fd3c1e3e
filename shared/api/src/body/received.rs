use auth::JsonObject;
use dynamo::Invalid;
use schemars::JsonSchema;
use serde::de::IgnoredAny;
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::fields::{Field, Fields};
use crate::error::{Error, FieldError, Result};

/// The fields of a received body. All mistakes are reported at once.
pub(crate) struct ReceivedBody {
    left: Vec<(String, Box<RawValue>)>,
    taken: Vec<&'static str>,
    errors: Vec<FieldError>,
}

impl ReceivedBody {
    /// Reads `body`, which must be one JSON object without duplicate fields.
    ///
    /// # Errors
    /// [`Error::NotJson`], or [`Error::Invalid`] for other JSON.
    pub fn parse(body: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(body).map_err(|_| Error::NotJson)?;
        match serde_json::from_str::<JsonObject<Box<RawValue>>>(text) {
            Ok(object) => Ok(Self { left: object.into_fields(), taken: Vec::new(), errors: Vec::new() }),
            // The rest of the text may not be JSON.
            Err(error) if error.classify() == Category::Data && serde_json::from_str::<IgnoredAny>(text).is_ok() => {
                Err(Error::invalid("", "must be a JSON object without duplicate members"))
            }
            Err(_) => Err(Error::NotJson),
        }
    }

    /// The value built from the fields, if there was no mistake and no unknown field.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all mistakes.
    pub fn finish<T>(mut self, value: Option<T>) -> Result<T> {
        // Names come from the client, so long names are cut.
        let unknown =
            |(name, _): (String, _)| FieldError::new(name.chars().take(50).collect::<String>(), "is not known");
        self.errors.extend(self.left.into_iter().take(10).map(unknown));
        self.errors.sort_by(|a, b| a.field.cmp(&b.field));
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => Err(Error::Invalid(self.errors)),
        }
    }

    fn has_any(&self, names: &[&'static str]) -> bool {
        names.iter().any(|name| self.taken.contains(name))
    }
}

impl Fields for ReceivedBody {
    fn optional_as<D: JsonSchema, T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(Field<'_>) -> Result<T, Invalid>,
    ) -> Option<Option<T>> {
        let Some(at) = self.left.iter().position(|(known, _)| known == name) else { return Some(None) };
        let (_, raw) = self.left.swap_remove(at);
        self.taken.push(name);
        match parse(Field(&raw)) {
            Ok(value) => Some(Some(value)),
            Err(message) => {
                self.errors.push(FieldError::new(name, message));
                None
            }
        }
    }

    fn required_as<D: JsonSchema, T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(Field<'_>) -> Result<T, Invalid>,
    ) -> Option<T> {
        let found = self.optional_as::<D, T>(name, parse)?;
        if found.is_none() {
            self.errors.push(FieldError::new(name, "is required"));
        }
        found
    }

    fn text(&mut self, name: &'static str, _: &'static str) -> Option<String> {
        self.required(name, |field| field.text())
    }

    fn at_least_one_of(&mut self, names: &[&'static str]) {
        if !self.has_any(names) {
            self.errors.push(FieldError::new("", format!("must have at least one of {}", names.join(", "))));
        }
    }

    fn exactly_one_of(&mut self, names: &[&'static str]) {
        if names.iter().filter(|name| self.taken.contains(name)).count() != 1 {
            self.errors.push(FieldError::new("", format!("must have exactly one of {}", names.join(", "))));
        }
    }

    fn needed_with(&mut self, names: &[&'static str], other: &'static str) {
        if self.has_any(names) && !self.taken.contains(&other) {
            self.errors.push(FieldError::new(other, format!("is required to change {}", names.join(" or "))));
        }
    }

    fn refuse(&mut self, name: &str, message: Invalid) {
        self.errors.push(FieldError::new(name, message));
    }
}
