use local::Grant;
use serde_json::Value;

use crate::record;

/// One call to DynamoDB, or to another AWS service.
#[derive(Clone, Debug)]
pub struct Call {
    /// The function that made it; empty if it was the test itself.
    pub function: String,
    /// Such as `dynamodb`.
    pub service: String,
    /// Such as `GetItem`.
    pub operation: String,
    /// The request.
    pub body: Value,
}

impl Call {
    /// Whether it is `operation` on the table whose name ends with `table`, alone or among others.
    pub fn is(&self, operation: &str, table: &str) -> bool {
        let suffix = format!("-{table}\"");
        self.operation == operation && self.body.to_string().contains(&suffix)
    }

    /// The grants that it needs, in the form that template.yaml gives them.
    pub fn grants(&self) -> Vec<Grant> {
        let text = |name: &str| self.body[name].as_str().unwrap();
        match self.service.as_str() {
            "sqs" => {
                // A queue's name starts with its stack's, its logical id follows.
                let queue = text("QueueUrl").rsplit('/').next().unwrap().split('-').nth(1).unwrap();
                vec![Grant { action: format!("sqs:{}", self.operation), resource: format!("{queue}.Arn") }]
            }
            "secretsmanager" => {
                assert!(text("SecretId").contains("signing-seed"), "{}", self.body);
                let resource = "SigningSeed".to_owned();
                vec![Grant { action: format!("secretsmanager:{}", self.operation), resource }]
            }
            "ses" => vec![Grant { action: format!("ses:{}", self.operation), resource: sender_grant("MailFrom") }],
            _ => self.table_grants(),
        }
    }

    /// Notes which grants it needs, and the secrets in it.
    pub(crate) fn note(&self) {
        if record::directory().is_none() {
            return;
        }
        let mut body = self.body.clone();
        // Names of attributes, such as `email`, are none.
        body.as_object_mut().map(|members| members.remove("ExpressionAttributeNames"));
        record::secrets(&body);
        if !self.function.is_empty() {
            record::grants(&self.function, &self.grants());
        }
    }

    fn table_grants(&self) -> Vec<Grant> {
        let grant = |operation: &str, table: &str, index: Option<&str>| Grant {
            action: format!("dynamodb:{operation}"),
            resource: table_grant(table, index),
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
                    grant(operation, part["TableName"].as_str().unwrap(), None)
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

/// How template.yaml names a table, or an index of it, in a grant. The table's own name starts with its stack's.
pub fn table_grant(table: &str, index: Option<&str>) -> String {
    let (_, table) = table.split_once('-').unwrap();
    let id: String = table.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
    index.map_or(format!("{id}Table.Arn"), |index| format!("${{{id}Table.Arn}}/index/{index}"))
}

/// How template.yaml names the sender of mails in a grant: by the parameter `MailFrom`, or by its `Domain`.
pub fn sender_grant(name: &str) -> String {
    format!("arn:${{AWS::Partition}}:ses:${{AWS::Region}}:${{AWS::AccountId}}:identity/${{{name}}}")
}
