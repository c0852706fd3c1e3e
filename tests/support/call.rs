use std::sync::{Arc, OnceLock};
use std::time::Instant;

use local::Grant;
use serde_json::Value;

use crate::record;

/// The secrets of a stack: a part of their names, and their logical ids in template.yaml.
pub const SECRETS: [(&str, &str); 2] = [("signing-seed", "SigningSeed"), ("sealing-keys", "SealingKeys")];

/// A call to DynamoDB or to another AWS service.
#[derive(Clone, Debug)]
pub struct Call {
    /// The function that made the call. Empty for the test itself.
    pub function: String,
    /// The service, such as `dynamodb`.
    pub service: String,
    /// The operation, such as `GetItem`.
    pub operation: String,
    /// The request.
    pub body: Value,
    /// When the call was under way.
    pub time: UnderWay,
}

/// When a call came, and when its response was sent.
#[derive(Clone, Debug)]
pub struct UnderWay {
    /// When the call came.
    pub asked: Instant,
    /// When the response was sent. Empty before that.
    pub answered: Arc<OnceLock<Instant>>,
}

impl UnderWay {
    /// A call that comes now.
    pub fn now() -> Self {
        Self { asked: Instant::now(), answered: Arc::default() }
    }
}

impl Call {
    /// Whether the call is `operation` on the table `table`, alone or together with other tables.
    pub fn is(&self, operation: &str, table: &str) -> bool {
        let suffix = format!("-{table}\"");
        self.operation == operation && self.body.to_string().contains(&suffix)
    }

    /// The grants that the call needs, in the form of template.yaml.
    pub fn grants(&self) -> Vec<Grant> {
        let text = |name: &str| self.body[name].as_str().unwrap();
        match self.service.as_str() {
            "sqs" => {
                // A queue's name is the name of its stack, and then its logical id.
                let queue = text("QueueUrl").rsplit('/').next().unwrap().split('-').nth(1).unwrap();
                vec![Grant::new(format!("sqs:{}", self.operation), format!("{queue}.Arn"))]
            }
            "secretsmanager" => {
                let known = SECRETS.iter().find(|(name, _)| text("SecretId").contains(name));
                let (_, secret) = known.unwrap_or_else(|| panic!("no such secret: {}", self.body));
                vec![Grant::new(format!("secretsmanager:{}", self.operation), *secret)]
            }
            "ses" => vec![Grant::new(format!("ses:{}", self.operation), sender_grant("MailFrom"))],
            _ => self.table_grants(),
        }
    }

    /// Records the grants that the call needs, and the secrets in its request.
    pub(crate) fn note(&self) {
        if record::directory().is_none() {
            return;
        }
        record::secrets(&self.body);
        if !self.function.is_empty() {
            record::grants(&self.function, &self.grants());
        }
    }

    fn table_grants(&self) -> Vec<Grant> {
        let grant = |operation: &str, table: &str, index: Option<&str>| {
            Grant::new(format!("dynamodb:{operation}"), table_grant(table, index))
        };
        match self.operation.as_str() {
            batch @ ("BatchGetItem" | "BatchWriteItem") => {
                let tables = self.body["RequestItems"].as_object().unwrap().keys();
                tables.map(|table| grant(batch, table, None)).collect()
            }
            "TransactWriteItems" => {
                let parts = self.body["TransactItems"].as_array().unwrap().iter();
                let part = |(kind, part): (&String, &Value)| {
                    let check = kind == "ConditionCheck";
                    let operation = if check { "ConditionCheckItem" } else { &format!("{kind}Item") };
                    grant(operation, part["TableName"].as_str().unwrap(), None).of_transaction()
                };
                parts.flat_map(|part| part.as_object().unwrap()).map(part).collect()
            }
            operation => {
                let (table, index) = (&self.body["TableName"], &self.body["IndexName"]);
                vec![grant(operation, table.as_str().unwrap(), index.as_str())]
            }
        }
    }
}

/// The name of a table or an index in a grant of template.yaml. The table's name starts with the name of its stack.
pub fn table_grant(table: &str, index: Option<&str>) -> String {
    let (_, table) = table.split_once('-').unwrap();
    let id: String = table.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
    index.map_or(format!("{id}Table.Arn"), |index| format!("${{{id}Table.Arn}}/index/{index}"))
}

/// The name of the sender of mails in a grant of template.yaml: the parameter `MailFrom`, or its `Domain`.
pub fn sender_grant(name: &str) -> String {
    format!("arn:${{AWS::Partition}}:ses:${{AWS::Region}}:${{AWS::AccountId}}:identity/${{{name}}}")
}
