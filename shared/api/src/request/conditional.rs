use aws_sdk_dynamodb::types::AttributeValue;
use dynamo::{Edited, Item, Table, TableClient, Written};

use super::{HasRevision, IfMatch};
use crate::error::{Error, Result};

/// Changes of rows that need no audit, such as a user's own. Without the header, each is one write. With it, each is a
/// read and a transaction: an attempt whose response was lost is not made twice, and so does not look like the change of
/// another client.
impl IfMatch {
    /// Sets some attributes of a row, and raises its version. `None` leaves an attribute as it is.
    ///
    /// # Errors
    /// [`Error::NotFound`] or [`Error::PreconditionFailed`], or when DynamoDB does not answer.
    pub async fn patch<T: Table, R: HasRevision>(
        &self,
        table: &TableClient<T>,
        key: Item,
        change: &[(&str, Option<AttributeValue>)],
        read: impl Fn(&Item) -> dynamo::Result<R>,
    ) -> Result<Edited<R>> {
        let edited = if self.is_given() {
            table.patch_if(key, change, read, |row: &R| self.check(&row.revision())).await?
        } else {
            table.patch(key, change, read).await?
        };
        edited.ok_or(Error::NotFound)
    }

    /// Deletes a row, if it exists.
    ///
    /// # Errors
    /// [`Error::PreconditionFailed`], or when DynamoDB does not answer.
    pub async fn delete<T: Table, R: HasRevision>(
        &self,
        table: &TableClient<T>,
        key: Item,
        read: impl Fn(&Item) -> dynamo::Result<R>,
    ) -> Result<Written> {
        if self.is_given() {
            return table.delete_if(key, read, |row: &R| self.check(&row.revision())).await;
        }
        Ok(table.delete(key).await?)
    }
}
