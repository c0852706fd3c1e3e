use aws_sdk_dynamodb::types::AttributeValue;

use crate::db::Item;
use crate::error::{Error, Result};
use crate::row::{Row, number};
use crate::table::{Table, TableClient};
use crate::transaction::TransactionPart;
use crate::update::ConditionalUpdate;

/// The attribute with the version of a row. A row without one has version 0.
pub(crate) const VERSION: &str = "version";

/// The part of an update that raises the version. Its values are `:zero` and `:one`.
pub const RAISE_VERSION: &str = "#version = if_not_exists(#version, :zero) + :one";

impl Row<'_> {
    /// The version of the row. Every write that changes what clients see of the row raises it.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the attribute is no number.
    pub fn version(&self) -> Result<u64> {
        if self.has(VERSION) { self.number(VERSION) } else { Ok(0) }
    }
}

impl<T: Table> TableClient<T> {
    /// Sets attributes of an item and raises its version, as a part of a transaction. Its condition: the item is still as
    /// it was read, in its version and in these attributes. Without attributes, only the version counts and is raised.
    ///
    /// # Errors
    /// [`Error::Refused`] when the SDK refuses the expressions.
    pub fn edit_part(&self, read: &Item, changes: &[(&str, AttributeValue)]) -> Result<TransactionPart> {
        let names: Vec<&str> = changes.iter().map(|(name, _)| *name).collect();
        let unchanged = Unchanged::new::<T>(read, &names)?;
        let sets: Vec<String> = names.iter().map(|name| format!("#{name} = :{name}")).collect();
        let update = format!("SET {}", [sets, vec![RAISE_VERSION.to_owned()]].concat().join(", "));
        let mut values = unchanged.values();
        values.extend(changes.iter().map(|(name, value)| (*name, value.clone())));
        values.extend([("zero", number(0)), ("one", number(1))]);
        self.update_part(ConditionalUpdate {
            key: key_of::<T>(read),
            update: &update,
            condition: &unchanged.condition,
            values,
        })
    }

    /// The deletion of an item, as a part of a transaction. Its condition: the item is still as it was read, in its
    /// version and in these attributes.
    ///
    /// # Errors
    /// [`Error::Refused`] when the SDK refuses the expressions.
    pub fn remove_part(&self, read: &Item, names: &[&str]) -> Result<TransactionPart> {
        let unchanged = Unchanged::new::<T>(read, names)?;
        let (key, values) = (key_of::<T>(read), unchanged.values());
        self.delete_part(ConditionalUpdate { key, update: "", condition: &unchanged.condition, values })
    }
}

fn key_of<T: Table>(item: &Item) -> Item {
    let key = item.iter().filter(|(name, _)| T::KEY.contains(&name.as_str()));
    key.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The condition that an item exists and some of its attributes are as they were read.
struct Unchanged {
    condition: String,
    values: Vec<(String, AttributeValue)>,
}

impl Unchanged {
    fn new<T: Table>(read: &Item, names: &[&str]) -> Result<Self> {
        let partition = T::KEY.first().ok_or_else(|| Error::Refused("a table without a key".to_owned()))?;
        let (mut conditions, mut values) = (vec![format!("attribute_exists(#{partition})")], Vec::new());
        for name in names.iter().copied().chain([VERSION]) {
            match read.get(name) {
                Some(value) => {
                    conditions.push(format!("#{name} = :seen_{name}"));
                    values.push((format!("seen_{name}"), value.clone()));
                }
                None => conditions.push(format!("attribute_not_exists(#{name})")),
            }
        }
        Ok(Self { condition: conditions.join(" AND "), values })
    }

    fn values(&self) -> Vec<(&str, AttributeValue)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value.clone())).collect()
    }
}
