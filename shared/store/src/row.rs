use std::str::FromStr;

use auth::{Digest, UserId};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use crate::db::{Item, Table};
use crate::error::{Error, Result};

pub(crate) fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

pub(crate) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(crate) fn millis(value: Timestamp) -> AttributeValue {
    number(value.as_millisecond())
}

pub(crate) fn bytes(value: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(value))
}

/// The key of a table whose partition key alone is the key.
pub(crate) fn key(name: &str, value: impl ToString) -> Item {
    Item::from([(name.to_owned(), text(value))])
}

/// Reads the attributes of an item, whose types nobody but us guarantees.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    table: Table,
    item: &'a Item,
}

impl<'a> Row<'a> {
    pub(crate) fn new(table: Table, item: &'a Item) -> Self {
        Self { table, item }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.item.contains_key(name)
    }

    pub(crate) fn text(&self, name: &'static str) -> Result<&'a str> {
        self.item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str).ok_or(self.corrupt(name))
    }

    pub(crate) fn flag(&self, name: &'static str) -> Result<bool> {
        self.item.get(name).and_then(|value| value.as_bool().ok()).copied().ok_or(self.corrupt(name))
    }

    /// The text of a number, which DynamoDB may give in several spellings.
    pub(crate) fn digits(&self, name: &'static str) -> Result<&'a str> {
        self.item.get(name).and_then(|value| value.as_n().ok()).map(String::as_str).ok_or(self.corrupt(name))
    }

    pub(crate) fn number<T: FromStr>(&self, name: &'static str) -> Result<T> {
        self.digits(name)?.parse().map_err(|_| self.corrupt(name))
    }

    pub(crate) fn millis(&self, name: &'static str) -> Result<Timestamp> {
        Timestamp::from_millisecond(self.number(name)?).map_err(|_| self.corrupt(name))
    }

    pub(crate) fn seconds(&self, name: &'static str) -> Result<Timestamp> {
        Timestamp::from_second(self.number(name)?).map_err(|_| self.corrupt(name))
    }

    pub(crate) fn bytes(&self, name: &'static str) -> Result<&'a [u8]> {
        let value = self.item.get(name).and_then(|value| value.as_b().ok());
        value.map(AsRef::as_ref).ok_or(self.corrupt(name))
    }

    pub(crate) fn digest(&self, name: &'static str) -> Result<Digest> {
        self.bytes(name)?.try_into().map_err(|_| self.corrupt(name))
    }

    pub(crate) fn user_id(&self, name: &'static str) -> Result<UserId> {
        UserId::parse(self.text(name)?).ok_or(self.corrupt(name))
    }

    pub(crate) fn corrupt(&self, attribute: &'static str) -> Error {
        Error::Corrupt { table: self.table.suffix(), attribute }
    }
}
