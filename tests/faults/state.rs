//! What a call changed in the tables and queues.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;

use tests::TestApp;

/// Tables whose items come and go without a meaning for clients.
const LEFT_OUT: [&str; 2] = ["rate_limits", "signing_keys"];

/// All items by table, and the waiting jobs.
#[derive(Clone)]
pub struct State(BTreeMap<String, Vec<String>>);

/// An item as text, with all names in order, also those of maps in it.
fn in_order(item: &HashMap<String, AttributeValue>) -> String {
    let value = |value: &AttributeValue| match value {
        AttributeValue::M(map) => in_order(map),
        other => format!("{other:?}"),
    };
    let values: BTreeMap<&String, String> = item.iter().map(|(name, one)| (name, value(one))).collect();
    format!("{values:?}")
}

/// How many items a call added and removed, by table. A changed item counts as both.
pub type Changes = BTreeMap<String, (usize, usize)>;

impl State {
    pub async fn of(app: &TestApp) -> Self {
        let mut tables = BTreeMap::new();
        for table in app.tables().await.into_iter().filter(|table| !LEFT_OUT.contains(&table.as_str())) {
            let items = app.items(&table).await.iter().map(in_order).collect();
            tables.insert(table, items);
        }
        tables.insert("jobs".to_owned(), app.waiting_jobs());
        Self(tables)
    }

    /// How many items there are, by table.
    pub fn counts(&self, left_out: &[&str]) -> BTreeMap<&str, usize> {
        let tables = self.0.iter().filter(|(table, _)| !left_out.contains(&table.as_str()));
        tables.map(|(table, items)| (table.as_str(), items.len())).collect()
    }

    pub fn changes(&self, after: &Self) -> Changes {
        let missing = |from: &[String], other: &[String]| from.iter().filter(|item| !other.contains(item)).count();
        let change = |(table, before): (&String, &Vec<String>)| {
            let now = &after.0[table];
            (table.clone(), (missing(now, before), missing(before, now)))
        };
        self.0.iter().map(change).filter(|(_, change)| *change != (0, 0)).collect()
    }
}
