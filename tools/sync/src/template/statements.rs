use std::collections::{BTreeMap, BTreeSet};

use local::{Grant, logical_id};

use super::member::{Member, items};

const LONGEST_LINE: usize = 120;

/// [`Grant::condition`] in YAML.
const CONDITION: &str =
    "              Condition: {StringEquals: {\"dynamodb:EnclosingOperation\": TransactWriteItems}}\n";

/// The policies of a function: one statement for each resource, and one more for its grants in transactions. Statements with an ARN of their own, such as those for
/// SES, are kept.
pub fn policies(old: Option<&Member>, grants: &BTreeSet<Grant>) -> String {
    let mut actions: BTreeMap<(&str, bool), Vec<&str>> = BTreeMap::new();
    for grant in grants.iter().filter(|grant| !is_arn(&grant.resource)) {
        actions.entry((&grant.resource, grant.in_transactions)).or_default().push(&grant.action);
    }
    let by_hand = old.map(|old| items(&old.text, 12)).unwrap_or_default().into_iter().filter(|item| is_arn(item));
    let statement = |((resource, in_transactions), actions): (_, Vec<&str>)| match in_transactions {
        true => statement(resource, &actions, "InTransactions", CONDITION),
        false => statement(resource, &actions, "", ""),
    };
    let statements = actions.into_iter().map(statement);
    let statements: Vec<String> = statements.chain(by_hand.map(|item| item.trim_end().to_owned() + "\n")).collect();
    if statements.is_empty() {
        return String::new();
    }
    format!("      Policies:\n        - Statement:\n{}", statements.concat())
}

fn is_arn(text: &str) -> bool {
    text.contains("arn:")
}

fn statement(resource: &str, actions: &[&str], suffix: &str, condition: &str) -> String {
    let (sid, reference) = (sid(resource) + suffix, reference(resource));
    let list = actions.join(", ");
    let line = format!("            - {{Sid: {sid}, Effect: Allow, Action: [{list}], Resource: {reference}}}\n");
    if line.len() <= LONGEST_LINE && condition.is_empty() {
        return line;
    }
    let mut list = format!("              Action: [{list}]\n");
    if list.len() > LONGEST_LINE {
        let lines = actions.iter().map(|action| format!("                - {action}\n"));
        list = format!("              Action:\n{}", lines.collect::<String>());
    }
    format!(
        "            - Sid: {sid}\n              Effect: Allow\n{list}              Resource: {reference}\n{condition}"
    )
}

/// `Users` for `UsersTable.Arn`, `SessionsByUser` for `${SessionsTable.Arn}/index/by_user`.
fn sid(resource: &str) -> String {
    let words = resource.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !["Arn", "index"].contains(word));
    let words =
        words.filter(|word| !word.is_empty()).map(|word| logical_id(word.strip_suffix("Table").unwrap_or(word)));
    words.collect()
}

fn reference(resource: &str) -> String {
    if resource.contains('$') {
        format!("!Sub \"{resource}\"")
    } else if resource.ends_with(".Arn") {
        format!("!GetAtt {resource}")
    } else {
        format!("!Ref {resource}")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use local::Template;

    use super::*;

    fn written(grants: &BTreeSet<Grant>) -> String {
        let head = "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n";
        head.to_owned() + &policies(None, grants)
    }

    #[test]
    fn grants_in_transactions_have_a_statement_with_the_condition() {
        let on_audit = |action: &str| Grant::new(action, "AuditTable.Arn");
        let (put, query) = (on_audit("dynamodb:PutItem"), on_audit("dynamodb:Query"));
        let update = Grant::new("dynamodb:UpdateItem", "UsersTable.Arn");
        for (grants, conditions) in [
            ([put.clone().of_transaction(), query.clone(), update.clone()], 1),
            // A function that also puts a row plainly has the grant without the condition.
            ([put, query, update.of_transaction()], 0),
        ] {
            let grants = BTreeSet::from(grants);
            let text = written(&grants);
            let read = &Template::parse(&text).unwrap().all_functions().unwrap()[0].grants;
            assert_eq!(*read, grants.into_iter().collect::<Vec<_>>(), "{text}");
            assert_eq!(text.matches("Condition: ").count(), conditions, "{text}");
            assert_eq!(text.matches("Sid: AuditInTransactions\n").count(), conditions, "{text}");
        }
    }
}
