//! What a call changed in the tables and queues.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use tests::TestApp;

/// Tables whose items come and go without a meaning for clients.
const LEFT_OUT: [&str; 2] = ["rate_limits", "signing_keys"];

/// All items by table, and the waiting jobs.
#[derive(Clone)]
pub struct State(BTreeMap<String, Vec<String>>);

/// The text of an item, which is the same for equal items: maps have no order.
fn sorted(item: HashMap<String, AttributeValue>) -> String {
    let text = |value| match value {
        AttributeValue::M(map) => sorted(map),
        other => format!("{other:?}"),
    };
    let texts: BTreeMap<_, _> = item.into_iter().map(|(name, value)| (name, text(value))).collect();
    format!("{texts:?}")
}

/// How many items a call added and removed, by table. A changed item counts as both.
pub type Changes = BTreeMap<String, (usize, usize)>;

impl State {
    pub async fn of(app: &TestApp) -> Self {
        let mut tables = BTreeMap::new();
        for table in app.tables().await.into_iter().filter(|table| !LEFT_OUT.contains(&table.as_str())) {
            let items = app.items(&table).await.into_iter().map(sorted).collect();
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
