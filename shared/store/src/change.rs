use std::collections::HashMap;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemOutput;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
    Update,
};

use crate::db::{Db, Item, Table};
use crate::error::{Error, Result, conditional};

/// A conditional change of one item. Every attribute goes through a placeholder, `#name` for the attribute `name`.
pub(crate) struct Change<'a> {
    pub(crate) table: Table,
    pub(crate) key: Item,
    /// The update expression.
    pub(crate) update: &'a str,
    /// The condition expression; empty for none.
    pub(crate) condition: &'a str,
    /// What the placeholders `:name` of both stand for.
    pub(crate) values: Vec<(&'a str, AttributeValue)>,
}

impl Change<'_> {
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

impl Db {
    /// Makes the change; if its condition did not hold, the item that forbade it.
    pub(crate) async fn update(&self, change: Change<'_>) -> Result<Result<UpdateItemOutput, Option<Item>>> {
        let update = self.client.update_item().table_name(self.name(change.table));
        let update = update
            .update_expression(change.update)
            .set_condition_expression(change.condition())
            .set_expression_attribute_names(change.names())
            .set_expression_attribute_values(change.values())
            .set_key(Some(change.key))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        conditional(update.send().await)
    }

    /// A part of a transaction: the change.
    pub(crate) fn part_update(&self, change: Change<'_>) -> Result<TransactWriteItem> {
        let update = Update::builder().table_name(self.name(change.table)).update_expression(change.update);
        let update = update
            .set_condition_expression(change.condition())
            .set_expression_attribute_names(change.names())
            .set_expression_attribute_values(change.values())
            .set_key(Some(change.key));
        Ok(TransactWriteItem::builder().update(update.build().map_err(unbuilt)?).build())
    }

    /// A part of a transaction: the condition alone.
    pub(crate) fn part_check(&self, change: Change<'_>) -> Result<TransactWriteItem> {
        let check = ConditionCheck::builder().table_name(self.name(change.table));
        let check = check
            .set_condition_expression(change.condition())
            .set_expression_attribute_names(change.names())
            .set_expression_attribute_values(change.values())
            .set_key(Some(change.key));
        Ok(TransactWriteItem::builder().condition_check(check.build().map_err(unbuilt)?).build())
    }

    /// A part of a transaction: the deletion of the item.
    pub(crate) fn part_delete(&self, change: Change<'_>) -> Result<TransactWriteItem> {
        let delete = Delete::builder().table_name(self.name(change.table));
        let delete = delete
            .set_condition_expression(change.condition())
            .set_expression_attribute_names(change.names())
            .set_expression_attribute_values(change.values())
            .set_key(Some(change.key));
        Ok(TransactWriteItem::builder().delete(delete.build().map_err(unbuilt)?).build())
    }

    /// A part of a transaction: a new item, whose key attribute is `key`.
    pub(crate) fn part_insert(&self, table: Table, key: &str, item: Item) -> Result<TransactWriteItem> {
        let put = Put::builder().table_name(self.name(table)).set_item(Some(item));
        let put = put.condition_expression("attribute_not_exists(#key)").expression_attribute_names("#key", key);
        Ok(TransactWriteItem::builder().put(put.build().map_err(unbuilt)?).build())
    }
}

fn unbuilt(error: BuildError) -> Error {
    Error::Refused(error.to_string())
}
