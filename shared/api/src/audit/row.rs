use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use dynamo::{Item, Result, Row, rfc3339, schema};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::table::AuditTable;

/// One act of staff, a superuser or an operator.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct AuditRow {
    /// The id of the row.
    #[schemars(example = &"1764063000000-5eed5eed5eed5eed5eed5eed5eed5eed")]
    pub id: String,
    /// When it happened.
    #[serde(serialize_with = "rfc3339")]
    #[schemars(with = "schema::Instant")]
    pub at: Timestamp,
    /// Who did it: `users/{id}`, or `operator/{name}`.
    #[schemars(example = &"users/01976b2c-8d3e-7a41-9c5f-2e8b7d6a4f10")]
    pub actor: String,
    /// What was done, named like the event in the log.
    #[schemars(example = &"things_changed")]
    pub action: String,
    /// What it was done to: a path without the version of the API.
    #[schemars(example = &"things/01976b2c-8d3e-7a41-9c5f-2e8b7d6a4f10")]
    pub subject: String,
    /// The id of the request. Null for the operator's tool.
    pub request_id: Option<String>,
    /// The changed attributes, as they were.
    pub before: BTreeMap<String, AuditValue>,
    /// The changed attributes, as they are since.
    pub after: BTreeMap<String, AuditValue>,
    /// The ids that a read showed, or asked for.
    #[schemars(inner(length(max = 100)))]
    pub shown: Vec<String>,
}

/// The value of an attribute.
#[derive(Clone, Debug, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum AuditValue {
    /// True or false.
    Flag(bool),
    /// A text, or the digits of a number.
    Text(#[schemars(example = &"9.99")] String),
}

impl AuditRow {
    pub(super) fn read(item: &Item) -> Result<Self> {
        let row = Row::new::<AuditTable>(item);
        Ok(Self {
            id: row.text("id")?.to_owned(),
            at: row.millis("at")?,
            actor: row.text("actor")?.to_owned(),
            action: row.text("action")?.to_owned(),
            subject: row.text("subject")?.to_owned(),
            request_id: row.has("request_id").then(|| row.text("request_id").map(str::to_owned)).transpose()?,
            before: values(item.get("before")),
            after: values(item.get("after")),
            shown: shown(item.get("shown")),
        })
    }
}

fn values(map: Option<&AttributeValue>) -> BTreeMap<String, AuditValue> {
    let members = map.and_then(|map| map.as_m().ok()).into_iter().flatten();
    members.filter_map(|(name, value)| Some((name.clone(), AuditValue::of(value)?))).collect()
}

fn shown(list: Option<&AttributeValue>) -> Vec<String> {
    let members = list.and_then(|list| list.as_l().ok()).into_iter().flatten();
    members.filter_map(|value| value.as_s().ok().cloned()).collect()
}

impl AuditValue {
    fn of(value: &AttributeValue) -> Option<Self> {
        match value {
            AttributeValue::Bool(flag) => Some(Self::Flag(*flag)),
            AttributeValue::S(text) | AttributeValue::N(text) => Some(Self::Text(text.clone())),
            _ => None,
        }
    }
}
