use crate::db::{Item, TableKey};
use crate::error::{Error, Result};
use crate::table::{Table, TableClient};

impl<T: Table> TableClient<T> {
    /// Reads an item that can be done without, such as one of a list. If the item can't be read, a line of the log names
    /// it.
    pub fn readable<V>(&self, item: &Item, read: impl FnOnce(&Item) -> Result<V>) -> Option<V> {
        let key = item.iter().filter(|(name, _)| T::KEY.contains(&name.as_str()));
        let key = key.map(|(name, value)| (name.clone(), value.clone())).collect();
        or_logged(read(item), &self.key(key))
    }
}

/// The value, or a line of the log that names the item.
pub(crate) fn or_logged<V>(read: Result<V>, key: &TableKey) -> Option<V> {
    let error = match read {
        Ok(value) => return Some(value),
        Err(error) => error,
    };
    let (table, attribute) = match &error {
        Error::Corrupt { table, attribute } => (*table, *attribute),
        _ => ("", ""),
    };
    tracing::error!(event = "item_unreadable", table, attribute, key = key.to_string());
    None
}
