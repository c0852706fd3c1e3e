use std::fmt;

use auth::Password;
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;
use store::Invalid;
use zeroize::Zeroizing;

use crate::error::{Error, FieldError, Result};

/// The members of a JSON object, each taken once by name. Everything that is wrong is said at once.
pub struct Members {
    left: Vec<(String, Box<RawValue>)>,
    errors: Vec<FieldError>,
}

/// The value of one member, as it was written.
#[derive(Clone, Copy)]
pub struct Member<'a>(&'a RawValue);

impl Member<'_> {
    /// A string.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn text(&self) -> Result<String, Invalid> {
        serde_json::from_str(self.0.get()).map_err(|_| "must be a string")
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn flag(&self) -> Result<bool, Invalid> {
        serde_json::from_str(self.0.get()).map_err(|_| "must be true or false")
    }

    /// A password, as somebody gave it: nothing is hashed of what can't be one.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn password(&self) -> Result<Password, Invalid> {
        let text = Zeroizing::new(self.text()?);
        Password::parse(&text).map_err(|_| "must have 1 to 128 characters")
    }

    /// A decimal number, in a string or as a JSON number: its text, which no binary float ever touches.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn decimal(&self) -> Result<String, Invalid> {
        let raw = self.0.get();
        match raw.bytes().next() {
            Some(b'"') => self.text(),
            Some(b'-' | b'0'..=b'9') => Ok(raw.to_owned()),
            _ => Err("must be a decimal, as a string or a number"),
        }
    }
}

impl Members {
    /// Reads `body`, which must be one JSON object without duplicate members.
    ///
    /// # Errors
    /// [`Error::NotJson`], or [`Error::Invalid`] for JSON that is something else.
    pub fn parse(body: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(body).map_err(|_| Error::NotJson)?;
        match serde_json::from_str::<Raw>(text) {
            Ok(Raw(left)) => Ok(Self { left, errors: Vec::new() }),
            // What can't be such an object may go on as no JSON at all.
            Err(error) if error.classify() == Category::Data && serde_json::from_str::<IgnoredAny>(text).is_ok() => {
                Err(Error::invalid("", "must be a JSON object without duplicate members"))
            }
            Err(_) => Err(Error::NotJson),
        }
    }

    /// A member that must be there. `None` if it is not, or `parse` refuses it; [`Members::finish`] then fails.
    pub fn required<T>(&mut self, name: &str, parse: impl FnOnce(Member<'_>) -> Result<T, Invalid>) -> Option<T> {
        let found = self.optional(name, parse)?;
        if found.is_none() {
            self.errors.push(FieldError::new(name, "is required"));
        }
        found
    }

    /// A member that may be absent: `Some(None)`. `None` if `parse` refuses it; [`Members::finish`] then fails.
    pub fn optional<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(Member<'_>) -> Result<T, Invalid>,
    ) -> Option<Option<T>> {
        let Some(at) = self.left.iter().position(|(known, _)| known == name) else { return Some(None) };
        let (_, raw) = self.left.swap_remove(at);
        match parse(Member(&raw)) {
            Ok(value) => Some(Some(value)),
            Err(message) => {
                self.errors.push(FieldError::new(name, message));
                None
            }
        }
    }

    /// Says what is wrong with a member, or with the body as a whole if `name` is empty.
    pub fn refuse(&mut self, name: &str, message: Invalid) {
        self.errors.push(FieldError::new(name, message));
    }

    /// The value that was built of the members, if none was wrong and none is left.
    ///
    /// # Errors
    /// [`Error::Invalid`] with everything that was wrong.
    pub fn finish<T>(mut self, value: Option<T>) -> Result<T> {
        // Names come from the client: what can't be a member of ours is cut short.
        let unknown =
            |(name, _): (String, _)| FieldError::new(name.chars().take(50).collect::<String>(), "is not known");
        self.errors.extend(self.left.into_iter().take(10).map(unknown));
        self.errors.sort_by(|a, b| a.field.cmp(&b.field));
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => Err(Error::Invalid(self.errors)),
        }
    }
}

struct Raw(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut members: Vec<(String, Box<RawValue>)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
            if members.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom("duplicate member"));
            }
            if members.len() >= MOST {
                return Err(A::Error::custom("too many members"));
            }
            members.push((name, value));
        }
        Ok(Raw(members))
    }
}

/// More members than any body of ours has; a bound on the work for one that was made to cost.
const MOST: usize = 64;
