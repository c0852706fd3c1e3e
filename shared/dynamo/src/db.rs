use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};

use crate::error::{Error, Result, build_error};

/// An item of DynamoDB: its attributes by name.
pub type Item = HashMap<String, AttributeValue>;

/// The pauses before keys that DynamoDB left unread are requested again.
const RETRY_AFTER: [Duration; 3] = [Duration::from_millis(20), Duration::from_millis(80), Duration::from_millis(240)];

/// The tables of one stack, reached through the process's single client.
#[derive(Clone, Debug)]
pub struct Db {
    pub(crate) client: Client,
    prefix: Arc<str>,
}

/// The key of an item and its table, for calls that concern several tables. Made by [`crate::TableClient::key`].
#[derive(Clone, Debug)]
pub struct TableKey {
    pub(crate) table: &'static str,
    pub(crate) key: Item,
}

impl TableKey {
    fn is_key_of(&self, item: &Item) -> bool {
        self.key.iter().all(|(name, value)| item.get(name) == Some(value))
    }
}

/// The values of the key.
impl fmt::Display for TableKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = |value: &AttributeValue| value.as_s().or_else(|_| value.as_n()).cloned().unwrap_or_default();
        let mut values: Vec<String> = self.key.values().map(value).collect();
        values.sort();
        f.write_str(&values.join(" "))
    }
}

impl Db {
    /// The tables whose names start with `prefix`.
    pub fn new(client: Client, prefix: &str) -> Self {
        Self { client, prefix: prefix.into() }
    }

    /// A table's full name.
    pub(crate) fn name(&self, table: &str) -> String {
        format!("{}{table}", self.prefix)
    }

    /// Reads items of several tables, strongly consistent. Returns one result for each key, in the same order.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or leaves keys unread too often. A missing item is not an error.
    pub async fn batch_get(&self, keys: Vec<TableKey>) -> Result<Vec<Option<Item>>> {
        let mut by_table: BTreeMap<&'static str, Vec<Item>> = BTreeMap::new();
        for TableKey { table, key } in &keys {
            by_table.entry(table).or_default().push(key.clone());
        }
        let mut found = self.batch_get_all(by_table).await?;
        let take = |wanted: TableKey| {
            let items = found.get_mut(wanted.table)?;
            let at = items.iter().position(|item| wanted.is_key_of(item))?;
            Some(items.swap_remove(at))
        };
        Ok(keys.into_iter().map(take).collect())
    }

    async fn batch_get_all(&self, keys: BTreeMap<&'static str, Vec<Item>>) -> Result<HashMap<&'static str, Vec<Item>>> {
        let mut found: HashMap<&'static str, Vec<Item>> = HashMap::new();
        let tables: Vec<(&'static str, String)> = keys.keys().map(|table| (*table, self.name(table))).collect();
        let wanted = keys.into_iter().map(|(table, keys)| Ok((self.name(table), consistent(keys)?)));
        let mut wanted: HashMap<String, KeysAndAttributes> = wanted.collect::<Result<_>>()?;
        for pause in RETRY_AFTER.iter().map(Some).chain([None]) {
            if wanted.is_empty() {
                return Ok(found);
            }
            let output = self.client.batch_get_item().set_request_items(Some(wanted)).send().await?;
            let mut items = output.responses.unwrap_or_default();
            for (table, name) in &tables {
                found.entry(table).or_default().extend(items.remove(name).unwrap_or_default());
            }
            // Only the keys are taken over, because each request must ask for consistent reads again.
            let left = output.unprocessed_keys.unwrap_or_default().into_iter();
            wanted = left.map(|(name, left)| Ok((name, consistent(left.keys)?))).collect::<Result<_>>()?;
            if let (Some(pause), false) = (pause, wanted.is_empty()) {
                tokio::time::sleep(*pause).await;
            }
        }
        match wanted.is_empty() {
            true => Ok(found),
            false => Err(Error::Throttled("keys were left unprocessed".to_owned())),
        }
    }
}

fn consistent(keys: Vec<Item>) -> Result<KeysAndAttributes> {
    KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build().map_err(build_error)
}
