use catalogue::CATALOGUE;
use local::{Grant, Template};
use project::{Error, Result};

/// The text of docs/policy.txt: the level and limits of each endpoint, and the grants of each function of a template.
pub fn policy(template: &str) -> Result<String> {
    let failed = |error: local::Error| Error::form("template.yaml", error);
    let functions = Template::parse(template).and_then(|template| template.all_functions()).map_err(failed)?;
    let mut lines = String::new();
    for entry in CATALOGUE {
        let head = entry.head().map_or("", |_| ", and HEAD");
        lines += &format!("{}{head}  {}  {}\n", entry.route, entry.access(), limits(entry));
        let function = functions.iter().find(|function| function.binary == entry.name);
        lines.extend(function.into_iter().flat_map(|function| &function.grants).map(line));
    }
    for worker in functions.iter().filter(|function| !function.has_route()) {
        lines += &format!("{}  no route\n", worker.binary);
        lines.extend(worker.grants.iter().map(line));
    }
    Ok(lines)
}

fn line(grant: &Grant) -> String {
    format!("    {}  {}\n", grant.action_and_mark(), grant.resource)
}

fn limits(entry: &api::Entry) -> String {
    let limits = entry.limits.iter().map(|limit| {
        let closed = if limit.fails_closed { " closed" } else { "" };
        let throttle = if limit.fails_closed && !limit.throttled { " not throttled" } else { "" };
        let shared = limit.shared.map_or_else(String::new, |route| format!(" shared with {route}"));
        format!("{} {}/{}s{closed}{throttle}{shared}", limit.by.as_str(), limit.burst, limit.window)
    });
    let limits = limits.collect::<Vec<_>>().join(", ");
    if limits.is_empty() { "no limit".to_owned() } else { limits }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_policy_says_which_grants_are_for_transactions_alone() {
        let template = "Resources:\n  UsersUpdate:\n    Type: AWS::Serverless::Function\n    Properties:\n      \
                        Policies:\n        - Statement:\n            - Effect: Allow\n              \
                        Action: [dynamodb:PutItem]\n              Resource: !GetAtt AuditTable.Arn\n";
        let plain = "    dynamodb:PutItem  AuditTable.Arn\n";
        assert!(policy(template).unwrap().contains(plain));
        let condition = "              Condition: {StringEquals: {dynamodb:EnclosingOperation: TransactWriteItems}}\n";
        let bound = policy(&[template, condition].concat()).unwrap();
        assert!(!bound.contains(plain) && bound.contains("    dynamodb:PutItem (in transactions)  AuditTable.Arn\n"));
    }
}
