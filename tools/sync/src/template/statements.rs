use std::collections::{BTreeMap, BTreeSet};

use local::{Grant, logical_id};

use super::member::{Member, items};

const LONGEST_LINE: usize = 120;

/// The policies of a function: one statement for each resource. Statements with an ARN of their own, such as those for
/// SES, are kept.
pub fn policies(old: Option<&Member>, grants: &BTreeSet<Grant>) -> String {
    let mut actions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for Grant { action, resource } in grants.iter().filter(|grant| !is_arn(&grant.resource)) {
        actions.entry(resource).or_default().push(action);
    }
    let by_hand = old.map(|old| items(&old.text, 12)).unwrap_or_default().into_iter().filter(|item| is_arn(item));
    let statements = actions.into_iter().map(|(resource, actions)| statement(resource, &actions));
    let statements: Vec<String> = statements.chain(by_hand.map(|item| item.trim_end().to_owned() + "\n")).collect();
    if statements.is_empty() {
        return String::new();
    }
    format!("      Policies:\n        - Statement:\n{}", statements.concat())
}

fn is_arn(text: &str) -> bool {
    text.contains("arn:")
}

fn statement(resource: &str, actions: &[&str]) -> String {
    let (sid, reference) = (sid(resource), reference(resource));
    let list = actions.join(", ");
    let line = format!("            - {{Sid: {sid}, Effect: Allow, Action: [{list}], Resource: {reference}}}\n");
    if line.len() <= LONGEST_LINE {
        return line;
    }
    let mut list = format!("              Action: [{list}]\n");
    if list.len() > LONGEST_LINE {
        let lines = actions.iter().map(|action| format!("                - {action}\n"));
        list = format!("              Action:\n{}", lines.collect::<String>());
    }
    format!("            - Sid: {sid}\n              Effect: Allow\n{list}              Resource: {reference}\n")
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
