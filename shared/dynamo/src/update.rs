use std::collections::HashMap;

use aws_sdk_dynamodb::client::customize::CustomizableOperation;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
    Update,
};

use crate::attempts::Attempts;
use crate::db::Item;
use crate::error::{Error, Result, build_error};
use crate::table::{Table, TableClient};
use crate::transaction::TransactionPart;

/// A conditional update of one item. Every attribute goes through a placeholder: `#name` for the attribute `name`.
pub struct ConditionalUpdate<'a> {
    /// The item's key.
    pub key: Item,
    /// The update expression. Empty in a check, in a deletion, and to insert an item that is its key alone.
    pub update: &'a str,
    /// The condition expression. Empty if the update is unconditional.
    pub condition: &'a str,
    /// The values of the placeholders `:name` in both expressions, by name.
    pub values: Vec<(&'a str, AttributeValue)>,
}

impl ConditionalUpdate<'_> {
    fn condition(&self) -> Option<String> {
        (!self.condition.is_empty()).then(|| self.condition.to_owned())
    }

    fn names(&self) -> Option<HashMap<String, String>> {
        let used = self.update.split('#').skip(1).chain(self.condition.split('#').skip(1));
        let names = used.map(|text| text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next());
        let names: HashMap<_, _> = names.flatten().map(|name| (format!("#{name}"), name.to_owned())).collect();
        (!names.is_empty()).then_some(names)
    }

    fn values(&self) -> Option<Item> {
        let values = self.values.iter().map(|(name, value)| (format!(":{name}"), value.clone()));
        (!self.values.is_empty()).then(|| values.collect())
    }
}

/// The SDK has a builder for each kind of write. These setters are the same in all builders.
macro_rules! with_expressions {
    ($builder:expr, $table:expr, $change:expr) => {
        $builder
            .table_name($table)
            .set_condition_expression($change.condition())
            .set_expression_attribute_names($change.names())
            .set_expression_attribute_values($change.values())
            .set_key(Some($change.key))
    };
}

impl<T: Table> TableClient<T> {
    /// Updates an item and returns its new state. If the condition fails, returns the item that failed it.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn update(&self, change: ConditionalUpdate<'_>) -> Result<Result<Item, Option<Item>>> {
        let expression = (!change.update.is_empty()).then(|| change.update.to_owned());
        let update = self.db().client.update_item().set_update_expression(expression);
        let update = with_expressions!(update, self.name(), change)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match conditional(update.customize()).await? {
            // DynamoDB always sends the new state that was requested.
            Ok(output) => output.attributes.map(Ok).ok_or_else(|| Error::Unconfirmed("an empty response".to_owned())),
            Err(there) => Ok(Err(there)),
        }
    }

    /// The update as a part of a transaction.
    ///
    /// # Errors
    /// [`Error::Refused`](crate::Error::Refused) when the SDK refuses the expressions.
    pub fn update_part(&self, change: ConditionalUpdate<'_>) -> Result<TransactionPart> {
        let update = Update::builder().update_expression(change.update);
        let update = with_expressions!(update, self.name(), change).build().map_err(build_error)?;
        Ok(TransactionPart(TransactWriteItem::builder().update(update).build()))
    }

    /// The condition alone, as a part of a transaction.
    ///
    /// # Errors
    /// As for [`TableClient::update_part`].
    pub fn check_part(&self, change: ConditionalUpdate<'_>) -> Result<TransactionPart> {
        let check = with_expressions!(ConditionCheck::builder(), self.name(), change).build().map_err(build_error)?;
        Ok(TransactionPart(TransactWriteItem::builder().condition_check(check).build()))
    }

    /// The deletion of the item, as a part of a transaction.
    ///
    /// # Errors
    /// As for [`TableClient::update_part`].
    pub fn delete_part(&self, change: ConditionalUpdate<'_>) -> Result<TransactionPart> {
        let delete = with_expressions!(Delete::builder(), self.name(), change).build().map_err(build_error)?;
        Ok(TransactionPart(TransactWriteItem::builder().delete(delete).build()))
    }

    /// A new item, as a part of a transaction. Its condition: no item has this key yet.
    ///
    /// # Errors
    /// As for [`TableClient::update_part`].
    pub fn insert_part(&self, item: Item) -> Result<TransactionPart> {
        let put = Put::builder().table_name(self.name()).set_item(Some(item));
        let put = put.condition_expression("attribute_not_exists(#key)");
        let put = put.set_expression_attribute_names(self.key_name());
        Ok(TransactionPart(TransactWriteItem::builder().put(put.build().map_err(build_error)?).build()))
    }
}

impl<T: Table> TableClient<T> {
    /// An item that replaces any with its key, on a condition, as a part of a transaction. `values` are those of the
    /// condition.
    ///
    /// # Errors
    /// As for [`TableClient::update_part`].
    pub fn put_part(
        &self,
        item: Item,
        condition: &str,
        values: Vec<(&str, AttributeValue)>,
    ) -> Result<TransactionPart> {
        let change = ConditionalUpdate { key: Item::new(), update: "", condition, values };
        let put = Put::builder().table_name(self.name()).set_item(Some(item));
        let put = put.set_condition_expression(change.condition()).set_expression_attribute_names(change.names());
        let put = put.set_expression_attribute_values(change.values()).build().map_err(build_error)?;
        Ok(TransactionPart(TransactWriteItem::builder().put(put).build()))
    }
}

/// An update to send with [`conditional`]: `update.customize()`.
pub type CustomizableUpdate = CustomizableOperation<UpdateItemOutput, UpdateItemError, UpdateItemFluentBuilder>;

/// Sends a conditional update. If the condition failed, returns the current item, if the update requested the item.
///
/// # Errors
/// Any other failure of the call.
pub async fn conditional(update: CustomizableUpdate) -> Result<Result<UpdateItemOutput, Option<Item>>> {
    let attempts = Attempts::default();
    match update.interceptor(attempts.clone()).send().await {
        Ok(output) => Ok(Ok(output)),
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(failed)) => Ok(Err(failed.item().cloned())),
            _ => Err(attempts.error(error)),
        },
    }
}
