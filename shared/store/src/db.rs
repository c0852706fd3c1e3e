use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};

use crate::error::{Error, Result};

/// An item as DynamoDB has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// Keys that DynamoDB left unread are asked for again this often, after these pauses.
const RETRY_AFTER: [Duration; 3] = [Duration::from_millis(20), Duration::from_millis(80), Duration::from_millis(240)];

/// The tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Accounts by id.
    Users,
    /// Usernames and emails, and whose they are.
    Identities,
    /// Products by id.
    Products,
    /// Who likes which product.
    Favorites,
    /// Sessions by id.
    Sessions,
    /// Public keys that tokens are checked with.
    SigningKeys,
    /// Counters.
    RateLimits,
    /// What mailed links prove.
    MailTokens,
    /// From where users signed in.
    SignInAddresses,
}

impl Table {
    /// The table's name, without the stack's prefix.
    pub const fn suffix(self) -> &'static str {
        match self {
            Table::Users => "users",
            Table::Identities => "identities",
            Table::Products => "products",
            Table::Favorites => "favorites",
            Table::Sessions => "sessions",
            Table::SigningKeys => "signing_keys",
            Table::RateLimits => "rate_limits",
            Table::MailTokens => "mail_tokens",
            Table::SignInAddresses => "sign_in_addresses",
        }
    }
}

/// The tables of one stack, through the process's one client.
#[derive(Clone, Debug)]
pub struct Db {
    pub(crate) client: Client,
    prefix: String,
}

impl Db {
    /// The tables whose names start with `prefix`.
    pub fn new(client: Client, prefix: impl Into<String>) -> Self {
        Self { client, prefix: prefix.into() }
    }

    /// A table's full name.
    pub fn name(&self, table: Table) -> String {
        format!("{}{}", self.prefix, table.suffix())
    }

    /// Reads many items, of several tables, strongly consistent; absent ones are left out.
    pub(crate) async fn batch_get(&self, keys: Vec<(Table, Item)>) -> Result<Vec<(Table, Item)>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut tables: Vec<(Table, String)> = Vec::new();
        let mut wanted: HashMap<String, KeysAndAttributes> = HashMap::new();
        for (table, key) in keys {
            let name = self.name(table);
            if !tables.iter().any(|(_, known)| *known == name) {
                tables.push((table, name.clone()));
            }
            let known = wanted.remove(&name).map(|known| known.keys).unwrap_or_default();
            let all = known.into_iter().chain([key]).collect();
            wanted.insert(name, consistent(all)?);
        }
        let mut found = Vec::new();
        for pause in RETRY_AFTER.iter().map(Some).chain([None]) {
            let answer = self.client.batch_get_item().set_request_items(Some(wanted)).send().await?;
            let mut items = answer.responses.unwrap_or_default();
            for (table, name) in &tables {
                found.extend(items.remove(name).unwrap_or_default().into_iter().map(|item| (*table, item)));
            }
            // Asked for anew, not as echoed: nothing but our own word makes a read consistent.
            let left = answer.unprocessed_keys.unwrap_or_default().into_iter();
            wanted = left.map(|(name, left)| Ok((name, consistent(left.keys)?))).collect::<Result<_>>()?;
            match pause {
                _ if wanted.is_empty() => return Ok(found),
                Some(pause) => tokio::time::sleep(*pause).await,
                None => break,
            }
        }
        Err(Error::Throttled("keys were left unprocessed".to_owned()))
    }
}

fn consistent(keys: Vec<Item>) -> Result<KeysAndAttributes> {
    let built = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
    built.map_err(|error| Error::Refused(error.to_string()))
}
