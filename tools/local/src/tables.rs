use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Config;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, LocalSecondaryIndex, Projection,
};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::template::{Template, at};

/// How long the creation of a table may take. A busy machine needs longer than the functions wait for a response.
const PATIENCE: Duration = Duration::from_secs(60);

/// Creates the tables of the template, with `prefix` before their names. Existing tables are left alone.
///
/// # Errors
/// When a table can't be created.
pub async fn create_tables(client: &Client, template: &Template, prefix: &str) -> Result<()> {
    for (name, properties) in template.tables() {
        let table = format!("{prefix}{name}");
        create(client, &table, properties).await.map_err(|cause| Error::Table { table, cause })?;
    }
    Ok(())
}

async fn create(client: &Client, name: &str, properties: &Value) -> Result<(), String> {
    let built = |error: BuildError| error.to_string();
    let keys = key_schema(at(properties, "/KeySchema")).map_err(built)?;
    let attributes = list(at(properties, "/AttributeDefinitions")).map(attribute).collect::<Result<Vec<_>, _>>();
    let global = list(at(properties, "/GlobalSecondaryIndexes")).map(global_index).collect::<Result<Vec<_>, _>>();
    let local = list(at(properties, "/LocalSecondaryIndexes")).map(local_index).collect::<Result<Vec<_>, _>>();
    let (global, local) = (global.map_err(built)?, local.map_err(built)?);
    let create = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_key_schema(Some(keys))
        .set_attribute_definitions(Some(attributes.map_err(built)?))
        .set_global_secondary_indexes((!global.is_empty()).then_some(global))
        .set_local_secondary_indexes((!local.is_empty()).then_some(local));
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(PATIENCE).operation_timeout(PATIENCE).build();
    match create.customize().config_override(Config::builder().timeout_config(timeouts)).send().await {
        Ok(_) => Ok(()),
        Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_in_use_exception()) => {
            check(client, name, properties).await
        }
        Err(error) => Err(dynamo::describe_sdk_error(&error)),
    }
}

/// Checks an existing table. A table from an older template would fail later, with a less clear error.
async fn check(client: &Client, name: &str, properties: &Value) -> Result<(), String> {
    let output =
        client.describe_table().table_name(name).send().await.map_err(|error| dynamo::describe_sdk_error(&error))?;
    let table = output.table.ok_or("it can't be described")?;
    let global = table.global_secondary_indexes().iter().filter_map(|index| index.index_name());
    let local = table.local_secondary_indexes().iter().filter_map(|index| index.index_name());
    let keys = table.key_schema().iter().map(|key| key.attribute_name());
    let there: BTreeSet<&str> = global.chain(local).chain(keys).collect();
    let indexes = [at(properties, "/GlobalSecondaryIndexes"), at(properties, "/LocalSecondaryIndexes")];
    let wanted = indexes.into_iter().flat_map(list).map(|index| text(at(index, "/IndexName")));
    let keys = list(at(properties, "/KeySchema")).map(|key| text(at(key, "/AttributeName")));
    if there == wanted.chain(keys).collect() {
        return Ok(());
    }
    Err("it has other keys or indexes than template.yaml says: remove the data directory".to_owned())
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn attribute(value: &Value) -> Result<AttributeDefinition, BuildError> {
    let attribute = AttributeDefinition::builder().attribute_name(text(at(value, "/AttributeName")));
    attribute.attribute_type(text(at(value, "/AttributeType")).into()).build()
}

fn key_schema(value: &Value) -> Result<Vec<KeySchemaElement>, BuildError> {
    let element = |value: &Value| {
        let element = KeySchemaElement::builder().attribute_name(text(at(value, "/AttributeName")));
        element.key_type(text(at(value, "/KeyType")).into()).build()
    };
    list(value).map(element).collect()
}

fn projection(value: &Value) -> Projection {
    Projection::builder().projection_type(text(at(value, "/Projection/ProjectionType")).into()).build()
}

fn global_index(value: &Value) -> Result<GlobalSecondaryIndex, BuildError> {
    let index = GlobalSecondaryIndex::builder().index_name(text(at(value, "/IndexName")));
    index.set_key_schema(Some(key_schema(at(value, "/KeySchema"))?)).projection(projection(value)).build()
}

fn local_index(value: &Value) -> Result<LocalSecondaryIndex, BuildError> {
    let index = LocalSecondaryIndex::builder().index_name(text(at(value, "/IndexName")));
    index.set_key_schema(Some(key_schema(at(value, "/KeySchema"))?)).projection(projection(value)).build()
}
