use std::collections::BTreeSet;

use api::{Entry, Route};
use local::{Grant, logical_id};

use super::member::{Member, members, properties};
use super::{logs_id, statements};

/// What follows from the code. All else is kept.
const GENERATED: [&str; 4] = ["Description", "LoggingConfig", "Events", "Policies"];
const METADATA: &str =
    "    Metadata: {BuildMethod: makefile, WorkingDirectory: !Sub \"tools/architectures/${Architecture}\"}\n";

/// Longer lines are written as several.
const LONGEST_LINE: usize = 120;

/// The function of an endpoint.
pub fn endpoint(entry: &Entry, id: &str, old: Option<&Member>, grants: &BTreeSet<Grant>) -> String {
    let (comments, properties) = old.map_or_else(Default::default, |old| (comments(old), properties(old)));
    let mut text = format!("{comments}  {id}:\n    Type: AWS::Serverless::Function\n{METADATA}    Properties:\n");
    text += &format!("      Description: {}\n", scalar(&(entry.summary().0 + ".")));
    text += &format!("      LoggingConfig: {{LogGroup: !Ref {}}}\n", logs_id(id));
    let own = properties.iter().filter(|property| !GENERATED.contains(&property.name.as_str()));
    text.extend(own.map(|property| property.text.trim_end().to_owned() + "\n"));
    let has = |name: &str| properties.iter().any(|property| property.name == name);
    if !has("MemorySize") && hashes(entry) {
        text += "      MemorySize: 1024\n";
    }
    if !has("Environment") {
        text += &environment(entry);
    }
    text += "      Events:\n";
    text += &event("Route", entry.route);
    text.extend(entry.head().map(|head| event("Head", head)));
    text += &statements::policies(properties.iter().find(|property| property.name == "Policies"), grants);
    text + &old.map(own_attributes).unwrap_or_default()
}

/// What people wrote beside the properties, such as `DependsOn`.
fn own_attributes(resource: &Member) -> String {
    let (_, attributes) = members(&resource.text, 4);
    let own = attributes.into_iter().filter(|own| !["Type", "Metadata", "Properties"].contains(&own.name.as_str()));
    own.map(|attribute| attribute.text.trim_end().to_owned() + "\n").collect()
}

/// The log group of a function.
pub fn logs(id: &str) -> String {
    format!(
        "  {}:\n    Type: AWS::Logs::LogGroup\n    Properties:\n      \
         LogGroupName: !Sub \"/aws/lambda/${{AWS::StackName}}-{id}\"\n      RetentionInDays: !Ref LogRetention\n",
        logs_id(id)
    )
}

/// A resource that no endpoint has. If it is a function, its grants are replaced.
pub fn with_grants(resource: &Member, grants: &BTreeSet<Grant>) -> String {
    if !resource.is_function() {
        return resource.text.clone();
    }
    let properties = properties(resource);
    let Some(old) = properties.iter().find(|property| property.name == "Policies") else {
        return resource.text.trim_end().to_owned() + "\n" + &statements::policies(None, grants);
    };
    resource.text.replace(old.text.trim_end(), statements::policies(Some(old), grants).trim_end())
}

/// The comments above a resource.
fn comments(resource: &Member) -> String {
    resource.text.split_inclusive('\n').take_while(|line| line.starts_with("  #")).collect()
}

fn event(name: &str, route: Route) -> String {
    format!(
        "        {name}:\n          Type: HttpApi\n          Properties:\n            ApiId: !Ref HttpApi\n            \
         Method: {}\n            Path: {}\n            PayloadFormatVersion: \"2.0\"\n",
        route.method.as_str(),
        route.path
    )
}

fn hashes(entry: &Entry) -> bool {
    entry.uses().iter().any(|part| ["Passwords", "NewPasswords"].contains(&part.name))
}

/// The settings of the endpoint's parts, as far as the template has a resource or a parameter for them.
fn environment(entry: &Entry) -> String {
    let variables: BTreeSet<&str> = entry.uses().iter().flat_map(|part| part.variables).copied().collect();
    let set: Vec<String> = variables.into_iter().filter_map(|name| Some(format!("{name}: {}", value(name)?))).collect();
    if set.is_empty() {
        return String::new();
    }
    let line = format!("        Variables: {{{}}}\n", set.join(", "));
    let lines = || format!("        Variables:\n          {}\n", set.join("\n          "));
    format!("      Environment:\n{}", if line.len() <= LONGEST_LINE { line } else { lines() })
}

fn value(variable: &str) -> Option<String> {
    match variable {
        "SIGNING_SECRET_ID" => return Some("!Ref SigningSeed".to_owned()),
        "SEALING_SECRET_ID" => return Some("!Ref SealingKeys".to_owned()),
        "SIGN_UP" => return Some("!Ref SignUp".to_owned()),
        "PASSKEY_DOMAIN" => return Some("!Ref PasskeyDomain".to_owned()),
        "LINK_BASE" => return Some(LINK_BASE.to_owned()),
        _ => {}
    }
    let queue = variable.strip_suffix("_QUEUE_URL")?.to_ascii_lowercase();
    Some(format!("!Ref {}Queue", logical_id(&queue)))
}

/// Where the pages are. Of a stack without a domain it is empty: a function of the API can't name the API's own address,
/// which is made after it.
const LINK_BASE: &str =
    "!If [HasLinkBase, !Ref LinkBase, !If [HasDomain, !Sub \"https://${DomainName}/account\", \"\"]]";

/// A text as YAML: in quotes if it could be anything else.
fn scalar(text: &str) -> String {
    let is_plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with(':');
    // A JSON string is a YAML string (YAML 1.2, 1.3).
    if is_plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}
