use std::str::FromStr;

use auth::{Digest, UserId};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use crate::db::Item;
use crate::error::{Error, Result};
use crate::exact::units;
use crate::table::Table;

/// A string attribute.
pub fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

/// A number attribute.
pub fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// An instant, as milliseconds since 1970.
pub fn millis(value: Timestamp) -> AttributeValue {
    number(value.as_millisecond())
}

/// A binary attribute.
pub fn bytes(value: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(value))
}

/// A boolean attribute.
pub fn flag(value: bool) -> AttributeValue {
    AttributeValue::Bool(value)
}

/// An item with these attributes.
pub fn item<const N: usize>(attributes: [(&str, AttributeValue); N]) -> Item {
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The key of a table that has a partition key alone.
pub fn key(name: &str, value: impl ToString) -> Item {
    item([(name, text(value))])
}

/// Whether an item is the one that was written. DynamoDB may return another notation of a number.
pub fn is_same(there: &Item, written: &Item) -> bool {
    let equal = |(name, value): (&String, &AttributeValue)| there.get(name).is_some_and(|there| is_equal(there, value));
    there.len() == written.len() && written.iter().all(equal)
}

pub(crate) fn is_equal(there: &AttributeValue, written: &AttributeValue) -> bool {
    match (there, written) {
        (AttributeValue::N(there), AttributeValue::N(written)) => there.parse::<f64>() == written.parse::<f64>(),
        (there, written) => there == written,
    }
}

/// Reads the attributes of an item. DynamoDB guarantees no types, so each read checks the type.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    table: &'static str,
    item: &'a Item,
}

impl<'a> Row<'a> {
    /// The row of an item of table `T`.
    pub fn new<T: Table>(item: &'a Item) -> Self {
        Self { table: T::NAME, item }
    }

    /// Whether the attribute exists.
    pub fn has(&self, name: &str) -> bool {
        self.item.contains_key(name)
    }

    /// A string.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the attribute is absent or has another type.
    pub fn text(&self, name: &'static str) -> Result<&'a str> {
        self.item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str).ok_or(self.corrupt(name))
    }

    /// A boolean.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the attribute is absent or has another type.
    pub fn flag(&self, name: &'static str) -> Result<bool> {
        self.item.get(name).and_then(|value| value.as_bool().ok()).copied().ok_or(self.corrupt(name))
    }

    /// The text of a number. DynamoDB may return several notations.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the attribute is absent or has another type.
    pub fn digits(&self, name: &'static str) -> Result<&'a str> {
        self.item.get(name).and_then(|value| value.as_n().ok()).map(String::as_str).ok_or(self.corrupt(name))
    }

    /// A number.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the attribute is absent or has another type.
    pub fn number<T: FromStr>(&self, name: &'static str) -> Result<T> {
        self.digits(name)?.parse().map_err(|_| self.corrupt(name))
    }

    /// A number that `parse` accepts, such as `Price::stored` of a [`crate::decimal_type`].
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the attribute is absent or has another type, or `parse` refuses the number.
    pub fn parsed<T>(&self, name: &'static str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        parse(self.digits(name)?).ok_or(self.corrupt(name))
    }

    /// An instant, stored as milliseconds since 1970.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the attribute is absent or has another type.
    pub fn millis(&self, name: &'static str) -> Result<Timestamp> {
        Timestamp::from_millisecond(self.parsed(name, |digits| units(digits, 0))?).map_err(|_| self.corrupt(name))
    }

    /// An instant, stored as seconds since 1970.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the attribute is absent or has another type.
    pub fn seconds(&self, name: &'static str) -> Result<Timestamp> {
        Timestamp::from_second(self.number(name)?).map_err(|_| self.corrupt(name))
    }

    /// Binary data.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the attribute is absent or has another type.
    pub fn bytes(&self, name: &'static str) -> Result<&'a [u8]> {
        let value = self.item.get(name).and_then(|value| value.as_b().ok());
        value.map(AsRef::as_ref).ok_or(self.corrupt(name))
    }

    /// A SHA-256 digest.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the attribute is absent or has another type.
    pub fn digest(&self, name: &'static str) -> Result<Digest> {
        self.bytes(name)?.try_into().map_err(|_| self.corrupt(name))
    }

    /// A user's id.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the attribute is absent or has another type.
    pub fn user_id(&self, name: &'static str) -> Result<UserId> {
        UserId::parse(self.text(name)?).ok_or(self.corrupt(name))
    }

    /// The error for an attribute that is absent or has another type.
    pub fn corrupt(&self, attribute: &'static str) -> Error {
        Error::Corrupt { table: self.table, attribute }
    }
}
