use dynamo::{Invalid, parse_instant};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde_json::value::RawValue;

/// The fields of a JSON object, each taken once by name. A [`Body`] reads its fields from a request. The same code
/// builds the schema with a [`SchemaBuilder`](crate::SchemaBuilder), so the schema always matches the body.
pub trait Fields {
    /// An optional field. `Some(None)` if the field is absent, `None` if `parse` refuses its value. `D` gives the
    /// schema.
    fn optional_as<D: JsonSchema, T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(Field<'_>) -> Result<T, Invalid>,
    ) -> Option<Option<T>>;

    /// A required field. `None` if the field is absent or `parse` refuses its value. `D` gives the schema.
    fn required_as<D: JsonSchema, T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(Field<'_>) -> Result<T, Invalid>,
    ) -> Option<T>;

    /// A required field with any text. `example` is for the schema.
    fn text(&mut self, name: &'static str, example: &'static str) -> Option<String>;

    /// Requires at least one of these fields.
    fn at_least_one_of(&mut self, names: &[&'static str]);

    /// Requires exactly one of these fields.
    fn exactly_one_of(&mut self, names: &[&'static str]);

    /// Requires `other` with any of `names`.
    fn needed_with(&mut self, names: &[&'static str], other: &'static str);

    /// Refuses a field, or the body as a whole if `name` is empty.
    fn refuse(&mut self, name: &str, message: Invalid);

    /// [`Fields::optional_as`], with the schema of `T`.
    fn optional<T: JsonSchema>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(Field<'_>) -> Result<T, Invalid>,
    ) -> Option<Option<T>> {
        self.optional_as::<T, T>(name, parse)
    }

    /// [`Fields::required_as`], with the schema of `T`.
    fn required<T: JsonSchema>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(Field<'_>) -> Result<T, Invalid>,
    ) -> Option<T> {
        self.required_as::<T, T>(name, parse)
    }
}

/// The value of one field, as the client wrote it.
#[derive(Clone, Copy)]
pub struct Field<'a>(pub(crate) &'a RawValue);

impl Field<'_> {
    /// A string.
    ///
    /// # Errors
    /// When the value is not a string.
    pub fn text(&self) -> Result<String, Invalid> {
        serde_json::from_str(self.0.get()).map_err(|_| "must be a string")
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// When the value is not a boolean.
    pub fn flag(&self) -> Result<bool, Invalid> {
        serde_json::from_str(self.0.get()).map_err(|_| "must be true or false")
    }

    /// The text of a JSON number, for a [`dynamo::integer_type`].
    ///
    /// # Errors
    /// When the value is not a number.
    pub fn number(&self) -> Result<&str, Invalid> {
        let raw = self.0.get();
        raw.starts_with(|c: char| c == '-' || c.is_ascii_digit()).then_some(raw).ok_or("must be a number")
    }

    /// The text of a JSON object of at most `most` bytes, as the client wrote it, for a parser of its own.
    ///
    /// # Errors
    /// When the value is no object, or too long.
    pub fn object(&self, most: usize) -> Result<&str, Invalid> {
        let raw = self.0.get();
        match () {
            () if !raw.starts_with('{') => Err("must be an object"),
            () if raw.len() > most => Err("is too long"),
            () => Ok(raw),
        }
    }

    /// An instant, in the form of RFC 3339. Its schema is [`dynamo::schema::Instant`].
    ///
    /// # Errors
    /// When the value is not a string in this form.
    pub fn instant(&self) -> Result<Timestamp, Invalid> {
        parse_instant(&self.text()?)
    }

    /// The text of a decimal number, for a [`dynamo::decimal_type`], given as a string or as a JSON number. The text never passes through binary
    /// floating point.
    ///
    /// # Errors
    /// When the value is not a number.
    pub fn decimal(&self) -> Result<String, Invalid> {
        let raw = self.0.get();
        match raw.bytes().next() {
            Some(b'"') => self.text(),
            Some(b'-' | b'0'..=b'9') => Ok(raw.to_owned()),
            _ => Err("must be a decimal, as a string or a number"),
        }
    }
}

/// The body of a request: a JSON object, read field by field.
pub trait Body: Sized + Send {
    /// See [`crate::FromRequest::HAS_SUBJECT`].
    const HAS_SUBJECT: bool = false;

    /// Reads the fields. Returns `None` when a field was refused, and `fields` keeps the reason. Ask for every field
    /// before the first `?`. Otherwise the OpenAPI document lacks the later fields.
    fn read(fields: &mut impl Fields) -> Option<Self>;

    /// See [`crate::FromRequest::subject`].
    fn subject(&self) -> Option<String> {
        None
    }
}
