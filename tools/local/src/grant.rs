use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde_json::{Value, json};

/// Tables whose grants to write say whether the function writes outside of transactions, too. A row of the audit belongs
/// to the change that it describes: IAM refuses a function that writes one without the other.
const IN_TRANSACTIONS: [&str; 1] = ["AuditTable.Arn"];

/// The actions that DynamoDB allows both in transactions and outside.
const WRITES: [&str; 3] = ["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];

/// How a grant for transactions alone is marked in docs/grants.json and docs/policy.txt.
const MARK: &str = " (in transactions)";

/// One allowed action on one resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The action, such as `dynamodb:GetItem`.
    pub action: String,
    /// The resource, such as `UsersTable.Arn` or `${SessionsTable.Arn}/index/by_user`.
    pub resource: String,
    /// Whether the action is allowed in transactions alone.
    pub in_transactions: bool,
}

impl Grant {
    /// The grant of an action, in transactions and outside.
    pub fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { action: action.into(), resource: resource.into(), in_transactions: false }
    }

    /// The grant that the same action needs in a transaction. Only writes to a table marked here need another one.
    #[must_use]
    pub fn of_transaction(self) -> Self {
        let marked = IN_TRANSACTIONS.contains(&self.resource.as_str()) && WRITES.contains(&self.action.as_str());
        Self { in_transactions: marked, ..self }
    }

    /// The condition of a statement whose grants are for transactions alone.
    pub fn condition() -> Value {
        json!({ "StringEquals": { "dynamodb:EnclosingOperation": "TransactWriteItems" } })
    }

    /// Whether this grant allows what needs the other one.
    pub fn covers(&self, other: &Self) -> bool {
        (&self.action, &self.resource) == (&other.action, &other.resource)
            && (!self.in_transactions || other.in_transactions)
    }

    /// The action, and whether it is allowed in transactions alone.
    pub fn action_and_mark(&self) -> String {
        let mark = if self.in_transactions { MARK } else { "" };
        format!("{}{mark}", self.action)
    }

    /// The grants without those that another one covers.
    pub fn needed(grants: &BTreeSet<Self>) -> BTreeSet<Self> {
        let covered = |grant: &Self| grants.iter().any(|other| other != grant && other.covers(grant));
        grants.iter().filter(|grant| !covered(grant)).cloned().collect()
    }
}

/// One line, as in docs/grants.json.
impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.action_and_mark(), self.resource)
    }
}

/// The text is no grant.
#[derive(Debug, thiserror::Error)]
#[error("{0} is no grant")]
pub struct NoGrant(String);

impl FromStr for Grant {
    type Err = NoGrant;

    fn from_str(text: &str) -> Result<Self, NoGrant> {
        let (action, resource) = text.split_once(" on ").ok_or_else(|| NoGrant(text.to_owned()))?;
        let marked = action.strip_suffix(MARK);
        Ok(Self { in_transactions: marked.is_some(), ..Self::new(marked.unwrap_or(action), resource) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(table: &str) -> Grant {
        Grant::new("dynamodb:PutItem", table)
    }

    #[test]
    fn only_writes_to_the_audit_need_another_grant_in_transactions() {
        assert!(put("AuditTable.Arn").of_transaction().in_transactions);
        assert!(!put("UsersTable.Arn").of_transaction().in_transactions);
        assert!(!Grant::new("dynamodb:ConditionCheckItem", "AuditTable.Arn").of_transaction().in_transactions);
    }

    #[test]
    fn a_plain_grant_covers_transactions_and_not_the_other_way_round() {
        let (plain, bound) = (put("AuditTable.Arn"), put("AuditTable.Arn").of_transaction());
        assert!(plain.covers(&bound) && !bound.covers(&plain) && bound.covers(&bound));
        let other = put("UsersTable.Arn");
        assert!(!other.covers(&bound));
        let needed = |grants: &[&Grant]| Grant::needed(&grants.iter().map(|grant| (*grant).clone()).collect());
        assert_eq!(needed(&[&plain, &bound, &other]), [plain.clone(), other.clone()].into());
        assert_eq!(needed(&[&bound, &other]), [bound.clone(), other.clone()].into());
    }

    #[test]
    fn grants_are_read_as_they_are_written() {
        for (grant, text) in [
            (put("AuditTable.Arn"), "dynamodb:PutItem on AuditTable.Arn"),
            (put("AuditTable.Arn").of_transaction(), "dynamodb:PutItem (in transactions) on AuditTable.Arn"),
        ] {
            assert_eq!(grant.to_string(), text);
            assert_eq!(text.parse::<Grant>().unwrap(), grant);
        }
        assert!("dynamodb:PutItem".parse::<Grant>().is_err());
    }
}
