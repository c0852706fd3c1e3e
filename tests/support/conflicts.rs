//! Conflicts between transactions, which the embedded DynamoDB does not have, by the rules of AWS: a transaction is
//! cancelled if an item of it is part of another transaction that is under way, and so is a single write of that item.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::call::Call;
use crate::repository::TEMPLATE;

const MESSAGE: &str = "Transaction is ongoing for the item";

/// A table and the key of an item in it, as JSON.
type Key = (String, String);

/// The transactions that are under way.
pub(crate) struct Conflicts {
    lasts: Duration,
    /// The names of the key's attributes, by table name without prefix.
    schemas: HashMap<String, Vec<String>>,
    busy: Mutex<HashSet<Key>>,
}

/// A transaction that is under way until this is dropped.
pub(crate) struct UnderWay {
    conflicts: Arc<Conflicts>,
    keys: Vec<Key>,
}

impl UnderWay {
    /// How long the transaction takes, in addition to the time of the simulation's own.
    pub(crate) fn lasts(&self) -> Duration {
        self.conflicts.lasts
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut busy = self.conflicts.busy.lock().unwrap();
        self.keys.iter().for_each(|key| _ = busy.remove(key));
    }
}

impl Conflicts {
    /// Conflicts between transactions that take this long.
    pub(crate) fn new(lasts: Duration) -> Self {
        let names = |table: &Value| {
            let schema = table["KeySchema"].as_array().unwrap().iter();
            schema.map(|part| part["AttributeName"].as_str().unwrap().to_owned()).collect()
        };
        let schemas = TEMPLATE.tables().map(|(name, table)| (name, names(table))).collect();
        Self { lasts, schemas, busy: Mutex::default() }
    }

    /// The transaction that the call begins, if the call is one, or the refusal of a call that conflicts.
    pub(crate) fn admit(self: &Arc<Self>, call: &Call) -> Result<Option<UnderWay>, Value> {
        let mut busy = self.busy.lock().unwrap();
        let error = |name: &str| format!("com.amazonaws.dynamodb.v20120810#{name}");
        match call.operation.as_str() {
            "TransactWriteItems" => {
                let parts = call.body["TransactItems"].as_array().unwrap().iter();
                let parts = parts.map(|part| part.as_object().unwrap().values().next().unwrap());
                let keys: Vec<Key> = parts.map(|part| self.key(part)).collect();
                if keys.iter().any(|key| busy.contains(key)) {
                    let conflict = json!({ "Code": "TransactionConflict", "Message": MESSAGE });
                    let reason = |key| if busy.contains(key) { conflict.clone() } else { json!({ "Code": "None" }) };
                    let reasons: Vec<Value> = keys.iter().map(reason).collect();
                    let codes: Vec<&str> = reasons.iter().map(|reason| reason["Code"].as_str().unwrap()).collect();
                    return Err(json!({
                        "__type": error("TransactionCanceledException"),
                        "Message": format!(
                            "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
                            codes.join(", ")
                        ),
                        "CancellationReasons": reasons,
                    }));
                }
                busy.extend(keys.clone());
                Ok(Some(UnderWay { conflicts: self.clone(), keys }))
            }
            "PutItem" | "UpdateItem" | "DeleteItem" if busy.contains(&self.key(&call.body)) => {
                Err(json!({ "__type": error("TransactionConflictException"), "message": MESSAGE }))
            }
            _ => Ok(None),
        }
    }

    /// The key of a write, or of a part of a transaction.
    fn key(&self, write: &Value) -> Key {
        let name = write["TableName"].as_str().unwrap();
        let item = if write["Key"].is_null() { &write["Item"] } else { &write["Key"] };
        let schema = &self.schemas[name.split_once('-').unwrap().1];
        (name.to_owned(), schema.iter().map(|attribute| item[attribute].to_string()).collect())
    }
}
