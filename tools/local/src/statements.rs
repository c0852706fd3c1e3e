use serde_json::Value;

use crate::error::{Error, Result};
use crate::grant::Grant;

/// All that a statement may have. Any other key would change the meaning of its grants.
const KNOWN: [&str; 5] = ["Sid", "Effect", "Action", "Resource", "Condition"];

/// All grants of a function. A grant that can't be read is an error, because no test would check it.
pub(crate) fn grants(id: &str, policies: &Value) -> Result<Vec<Grant>> {
    let unreadable = || Error::Template(format!("a grant of {id} can't be read"));
    let mut grants = Vec::new();
    for policy in policies.as_array().into_iter().flatten() {
        for statement in policy.get("Statement").and_then(Value::as_array).ok_or_else(unreadable)? {
            grants.extend(of_statement(statement).ok_or_else(unreadable)?);
        }
    }
    grants.sort();
    Ok(grants)
}

fn of_statement(statement: &Value) -> Option<Vec<Grant>> {
    let is_known = statement.as_object()?.keys().all(|name| KNOWN.contains(&name.as_str()));
    let in_transactions = match statement.get("Condition") {
        None => false,
        Some(condition) => (*condition == Grant::condition()).then_some(true)?,
    };
    if statement.get("Effect")? != "Allow" || !is_known {
        return None;
    }
    let (actions, resources) = (texts(statement.get("Action")?)?, texts(statement.get("Resource")?)?);
    let grant = |action: &String, resource| Grant { in_transactions, ..Grant::new(action, resource) };
    let of_action = |action| resources.iter().map(move |resource| grant(action, resource));
    Some(actions.iter().flat_map(of_action).collect())
}

/// Reads one text or several. `!Sub [text, variables]` is read as its text.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(parts) => match parts.as_slice() {
            [Value::String(text), Value::Object(_)] => Some(vec![text.clone()]),
            many => many.iter().map(texts).collect::<Option<Vec<_>>>().map(|all| all.concat()),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(condition: Option<Value>) -> Result<Vec<Grant>> {
        let mut statement = json!({ "Effect": "Allow", "Action": ["dynamodb:PutItem"], "Resource": "AuditTable.Arn" });
        if let Some(condition) = condition {
            statement["Condition"] = condition;
        }
        grants("F", &json!([{ "Statement": [statement] }]))
    }

    #[test]
    fn a_condition_makes_a_grant_one_for_transactions_alone() {
        let plain = Grant::new("dynamodb:PutItem", "AuditTable.Arn");
        assert_eq!(read(None).unwrap(), std::slice::from_ref(&plain));
        assert_eq!(read(Some(Grant::condition())).unwrap(), [plain.of_transaction()]);
    }

    #[test]
    fn a_grant_with_any_other_condition_cannot_be_read() {
        let operation = |operation: &str| json!({ "StringEquals": { "dynamodb:EnclosingOperation": operation } });
        let mut more = Grant::condition();
        more["Bool"] = json!({ "aws:SecureTransport": "true" });
        for other in [json!(null), json!({}), operation("TransactGetItems"), more] {
            assert!(read(Some(other.clone())).is_err(), "{other}");
        }
    }
}
