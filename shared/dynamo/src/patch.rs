use aws_sdk_dynamodb::types::AttributeValue;

use crate::db::Item;
use crate::error::{Error, Result};
use crate::races::LostRaces;
use crate::row::{Row, is_equal, number};
use crate::table::{Table, TableClient};
use crate::update::ConditionalUpdate;
use crate::versioned::{RAISE_VERSION, VERSION};
use crate::written::{Edited, Written};

/// Attributes of an item by name. `None` leaves an attribute as it is.
pub type Change<'a> = &'a [(&'a str, Option<AttributeValue>)];

/// The attributes of a change that differ from those of an item.
pub fn differing<'a>(read: &Item, change: &[(&'a str, Option<AttributeValue>)]) -> Vec<(&'a str, AttributeValue)> {
    let given = change.iter().filter_map(|(name, value)| Some((*name, value.clone()?)));
    given.filter(|(name, value)| !read.get(*name).is_some_and(|there| is_equal(there, value))).collect()
}

/// An item after [`TableClient::edit_part`].
///
/// # Errors
/// [`Error::Corrupt`] when the version is no number.
pub fn edited<T: Table>(read: &Item, changes: &[(&str, AttributeValue)]) -> Result<Item> {
    let mut item = read.clone();
    item.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    item.insert(VERSION.to_owned(), number(Row::new::<T>(read).version()?.saturating_add(1)));
    Ok(item)
}

impl<T: Table> TableClient<T> {
    /// Sets some attributes of an item, if it exists, raises its version, and returns its new state: `None` if there is no
    /// such item. If all attributes stay, only reads the item. One write, whose condition is that the item exists.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or `read` refuses the item: with [`Error::Unconfirmed`] if the item was changed.
    pub async fn patch<R>(
        &self,
        key: Item,
        change: Change<'_>,
        read: impl Fn(&Item) -> Result<R>,
    ) -> Result<Option<Edited<R>>> {
        let mut values = differing(&Item::new(), change);
        if values.is_empty() {
            let item = self.get(key).await?;
            return item.as_ref().map(|item| read(item).map(Edited::unchanged)).transpose();
        }
        let sets: Vec<String> = values.iter().map(|(name, _)| format!("#{name} = :{name}")).collect();
        let update = format!("SET {}, {RAISE_VERSION}", sets.join(", "));
        values.extend([("zero", number(0)), ("one", number(1))]);
        let partition = T::KEY.first().ok_or_else(|| Error::Refused("a table without a key".to_owned()))?;
        let condition = format!("attribute_exists(#{partition})");
        let change = ConditionalUpdate { key, update: &update, condition: &condition, values };
        let changed = self.update(change).await?.ok();
        // The change was made, so its event must not be lost.
        let read = changed.as_ref().map(read).transpose().map_err(|error| Error::Unconfirmed(error.to_string()));
        Ok(read?.map(Edited::done))
    }

    /// As [`TableClient::patch`], if `check` accepts the item. A read and a transaction on condition that the item is still
    /// as it was read, so that an attempt whose response was lost does not look like another's change. A change that
    /// changes nothing writes nothing.
    ///
    /// # Errors
    /// That of `check`, or when `read` refuses the item, or DynamoDB does not answer.
    pub async fn patch_if<R, E: From<Error>>(
        &self,
        key: Item,
        change: Change<'_>,
        read: impl Fn(&Item) -> Result<R>,
        check: impl Fn(&R) -> Result<(), E>,
    ) -> Result<Option<Edited<R>>, E> {
        let mut races = LostRaces::default();
        loop {
            let Some(item) = self.get(key.clone()).await? else { return Ok(None) };
            let there = read(&item)?;
            check(&there)?;
            let changes = differing(&item, change);
            if changes.is_empty() {
                return Ok(Some(Edited::unchanged(there)));
            }
            let new = read(&edited::<T>(&item, &changes)?)?;
            match self.db().transact(vec![self.edit_part(&item, &changes)?]).await? {
                Ok(()) => return Ok(Some(Edited::done(new))),
                Err(_) => races.wait().await?,
            }
        }
    }

    /// Deletes an item, if it exists and `check` accepts it. A read and a transaction, as in [`TableClient::patch_if`].
    ///
    /// # Errors
    /// As for [`TableClient::patch_if`].
    pub async fn delete_if<R, E: From<Error>>(
        &self,
        key: Item,
        read: impl Fn(&Item) -> Result<R>,
        check: impl Fn(&R) -> Result<(), E>,
    ) -> Result<Written, E> {
        let mut races = LostRaces::default();
        loop {
            let Some(item) = self.get(key.clone()).await? else { return Ok(Written::Unchanged) };
            check(&read(&item)?)?;
            match self.db().transact(vec![self.remove_part(&item, &[])?]).await? {
                Ok(()) => return Ok(Written::Done),
                Err(_) => races.wait().await?,
            }
        }
    }
}

#[cfg(test)]
mod tests;
