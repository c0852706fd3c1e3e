//! Compares the record of all suites with the grants of template.yaml, and searches the recorded logs for secrets.
//! `.ci/record` runs all suites with `TEST_RECORD`, and then this one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::Path;

use aho_corasick::AhoCorasick;
use local::{Grant, Template, binary_name};
use serde_json::{Value, json};
use tests::record;
use tests::repository::{root, suites};

/// Suites that make no calls.
const CALL_NOTHING: [&str; 3] = ["guide", "recorded", "tidy"];
/// Suites that run all functions in one process, so that their calls can't be told apart.
const CALL_IN_ONE: [&str; 1] = ["processes"];

/// All lines of one kind from every suite, except suites without calls and the suites in `without`.
fn lines(kind: &str, without: &[&str]) -> Vec<String> {
    let directory = record::directory().expect("TEST_RECORD names the directory with the record: see .ci/record");
    let mut lines = Vec::new();
    for suite in suites() {
        if CALL_NOTHING.contains(&suite.as_str()) || without.contains(&suite.as_str()) {
            continue;
        }
        let files = fs::read_dir(&directory).unwrap().map(|file| file.unwrap().path());
        let ours = |file: &Path| {
            let name = file.file_name().unwrap().to_str().unwrap();
            name.starts_with(&format!("{suite}-")) && name.ends_with(&format!(".{kind}"))
        };
        let texts: Vec<String> =
            files.filter(|file| ours(file)).map(|file| fs::read_to_string(file).unwrap()).collect();
        let before = lines.len();
        lines.extend(texts.iter().flat_map(|text| text.lines()).map(str::to_owned));
        assert!(lines.len() > before, "{suite} recorded no {kind} in {}", directory.display());
    }
    lines
}

type Used = BTreeMap<String, BTreeSet<Grant>>;

/// Functions with a queue, which Lambda reads with the grants of the function.
const POLLED: [(&str, &str); 2] = [("mail_send", "MailQueue.Arn"), ("user_erase", "ErasureQueue.Arn")];
const POLLING: [&str; 3] = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];

/// Calls to SQS that only failed jobs and long erasures make: the next delivery of a failed message, and the rest of an
/// erasure. `tests/accounts/aws.rs` and `tests/accounts/remains.rs` make them without SQS, so they are not in the record.
const OF_JOBS: [(&str, &str, &str); 3] = [
    ("mail_send", "sqs:ChangeMessageVisibility", "MailQueue.Arn"),
    ("user_erase", "sqs:ChangeMessageVisibility", "ErasureQueue.Arn"),
    ("user_erase", "sqs:SendMessage", "ErasureQueue.Arn"),
];

/// The grants that each function used.
fn used() -> Used {
    let mut used = Used::new();
    for line in lines("grants", &CALL_IN_ONE) {
        let (function, grant) = line.split_once('\t').unwrap();
        used.entry(function.to_owned()).or_default().insert(grant.parse().unwrap());
    }
    for (function, queue) in POLLED {
        let polling = POLLING.map(|action| Grant::new(action, queue));
        used.entry(function.to_owned()).or_default().extend(polling);
    }
    for (function, action, queue) in OF_JOBS {
        used.entry(function.to_owned()).or_default().insert(Grant::new(action, queue));
    }
    // SES needs a grant on the identity that it verified: the address or its domain. The simulation uses the address.
    let mails = used.get_mut("mail_send").unwrap();
    mails.insert(Grant::new("ses:SendEmail", tests::sender_grant("Domain")));
    used.into_iter().map(|(function, grants)| (function, Grant::needed(&grants))).collect()
}

/// The differences between a template and the record: `(function, grant, whether it is granted)`.
fn differences(template: &Template, used: &Used) -> Vec<(String, Grant, bool)> {
    let mut found = Vec::new();
    for function in template.all_functions().unwrap() {
        let used = used.get(&function.binary).cloned().unwrap_or_default();
        let granted: BTreeSet<Grant> = function.grants.into_iter().collect();
        found.extend(used.difference(&granted).map(|grant| (function.binary.clone(), grant.clone(), false)));
        found.extend(granted.difference(&used).map(|grant| (function.binary.clone(), grant.clone(), true)));
    }
    found
}

#[test]
fn every_function_has_exactly_the_grants_that_it_used() {
    let differences = differences(&Template::ours().unwrap(), &used());
    let spare = differences.iter().filter(|(.., granted)| *granted).collect::<Vec<_>>();
    let missing = differences.iter().filter(|(.., granted)| !granted).collect::<Vec<_>>();
    assert!(differences.is_empty(), "missing: {missing:#?}\nnever used: {spare:#?}");
}

#[test]
fn the_reviewed_grants_are_the_recorded_ones() {
    let file = sync::Grants(used()).file().unwrap();
    if std::env::var_os("UPDATE_GRANTS").is_some() {
        file.write(&root()).unwrap();
    }
    let diff = file.diff(&root()).unwrap().unwrap_or_default();
    assert!(diff.is_empty(), "review and rewrite it with UPDATE_GRANTS=1 cargo test --test recorded\n{diff}");
}

/// Every way to remove one grant from one function: the function, the grant, and the template without it.
fn without_one_grant(source: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (id, resource) in source["Resources"].as_object().unwrap() {
        for (policy, statements) in resource["Properties"]["Policies"].as_array().into_iter().flatten().enumerate() {
            for (position, statement) in statements["Statement"].as_array().unwrap().iter().enumerate() {
                let singles = single_grants(statement);
                for gone in 0..singles.len() {
                    let (mut template, mut left) = (source.clone(), singles.clone());
                    let grant = left.remove(gone);
                    let place = &mut template["Resources"][id]["Properties"]["Policies"][policy]["Statement"];
                    let place = place.as_array_mut().unwrap();
                    place.splice(position..=position, left);
                    all.push((binary_name(id), grant["Action"][0].as_str().unwrap().to_owned(), template));
                }
            }
        }
    }
    all
}

/// Splits a statement into statements with one action on one resource.
fn single_grants(statement: &Value) -> Vec<Value> {
    let actions = statement["Action"].as_array().unwrap().iter();
    // A list of resources. `!Sub [text, variables]` is a single resource.
    let resources = match &statement["Resource"] {
        Value::Array(many) if !many.get(1).is_some_and(Value::is_object) => many.clone(),
        one => vec![one.clone()],
    };
    let single = |action: &Value, resource: &Value| {
        let mut single = json!({ "Effect": "Allow", "Action": [action], "Resource": resource });
        // Without the condition it would be another grant.
        statement.get("Condition").inspect(|condition| single["Condition"] = (*condition).clone());
        single
    };
    actions.flat_map(|action| resources.iter().map(|resource| single(action, resource)).collect::<Vec<_>>()).collect()
}

#[test]
fn a_grant_taken_from_any_function_is_missed() {
    let (source, used) = (Template::source().unwrap(), used());
    let mutants = without_one_grant(&source);
    let all: usize = used.values().map(BTreeSet::len).sum();
    assert_eq!(mutants.len(), all, "each grant is removed once");
    for (function, action, template) in mutants {
        match &differences(&Template::read(template).unwrap(), &used)[..] {
            [(missed_by, grant, false)] => assert_eq!((missed_by, &grant.action), (&function, &action)),
            other => panic!("{function} without {action}: {other:?}"),
        }
    }
}

/// With a condition that it should not have, a statement refuses calls that were made. Without one that it should have, it
/// allows calls that were not made.
#[test]
fn a_condition_that_any_statement_lacks_or_should_not_have_is_found() {
    let (source, used) = (Template::source().unwrap(), used());
    let mut tried = 0;
    for (id, resource) in source["Resources"].as_object().unwrap() {
        let statements = resource["Properties"]["Policies"][0]["Statement"].as_array();
        for position in 0..statements.map_or(0, Vec::len) {
            let mut template = source.clone();
            let statement = &mut template["Resources"][id]["Properties"]["Policies"][0]["Statement"][position];
            let statement = statement.as_object_mut().unwrap();
            if statement.remove("Condition").is_none() {
                statement.insert("Condition".to_owned(), Grant::condition());
            }
            let differences = differences(&Template::read(template).unwrap(), &used);
            let (spare, missing): (Vec<_>, Vec<_>) = differences.iter().partition(|(.., granted)| *granted);
            assert!(!spare.is_empty() && spare.len() == missing.len(), "{id}: {differences:?}");
            tried += 1;
        }
    }
    assert!(tried > 100, "{tried}");
}

#[test]
fn a_grant_too_many_for_any_function_is_found() {
    let (source, used) = (Template::source().unwrap(), used());
    let spare = json!({ "Effect": "Allow", "Action": ["dynamodb:DeleteTable"], "Resource": "UsersTable.Arn" });
    let ids: Vec<&String> = source["Resources"].as_object().unwrap().keys().collect();
    let functions = ids.iter().filter(|id| source["Resources"][**id]["Type"] == "AWS::Serverless::Function");
    let mut tried = 0;
    for id in functions {
        let mut template = source.clone();
        let policies = &mut template["Resources"][*id]["Properties"]["Policies"];
        match policies.pointer_mut("/0/Statement") {
            Some(statements) => statements.as_array_mut().unwrap().push(spare.clone()),
            None => *policies = json!([{ "Statement": [spare.clone()] }]),
        }
        let differences = differences(&Template::read(template).unwrap(), &used);
        assert!(matches!(&differences[..], [(_, grant, true)] if grant.action == "dynamodb:DeleteTable"), "{id}");
        tried += 1;
    }
    assert_eq!(tried, Template::ours().unwrap().all_functions().unwrap().len());
}

/// Codes that no input to an endpoint causes. `tests/events` and `tests/gateway` test them, with one function for all.
const OF_NO_ENDPOINT: [&str; 3] = ["internal", "malformed_request", "unavailable"];

#[test]
fn every_documented_error_was_returned() {
    let known: BTreeSet<String> = lines("responses", &["processes", "rehearsal"]).into_iter().collect();
    let mut documented = 0;
    for (function, status, code) in tests::documented_errors() {
        // A missing token is a 401 only with a setting, which has its own test.
        if OF_NO_ENDPOINT.contains(&code.as_str()) || (status, code.as_str()) == (401, "token_missing") {
            continue;
        }
        documented += 1;
        assert!(known.contains(&format!("{function}\t{status}\t{code}")), "{function} never returned {status} {code}");
    }
    assert!(documented > 100, "{documented} errors are documented");
}

/// Our own words in log lines. A secret can equal one of them, such as the password `password`.
fn vocabulary() -> HashSet<String> {
    let documented = include_str!("../docs/events.md").split('`').skip(1).step_by(2);
    let routes = catalogue::CATALOGUE.iter().map(|entry| entry.route.to_string());
    let jobs = ["reset_password", "verify_email", "erase", "request", "ok", "INFO", "WARN", "ERROR"];
    documented.chain(jobs).map(str::to_owned).chain(routes).collect()
}

/// The first secret in a log line.
fn leak<'a>(line: &str, finder: &AhoCorasick, secrets: &'a [String], words: &HashSet<String>) -> Option<&'a str> {
    let mut event: Value = serde_json::from_str(line).unwrap_or_else(|_| json!({ "text": line }));
    if let Some(members) = event.as_object_mut() {
        // `_aws` has only names and numbers of metrics.
        members.remove("_aws");
        members.retain(|_, value| !value.as_str().is_some_and(|text| words.contains(text)));
    }
    let found = finder.find(&texts(&event))?;
    Some(&secrets[found.pattern().as_usize()])
}

#[test]
fn no_secret_is_in_any_line_of_the_log() {
    let secrets: BTreeSet<String> =
        lines("secrets", &[]).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let log = lines("log", &[]);
    assert!(secrets.len() > 1_000 && log.len() > 10_000, "{} secrets, {} lines", secrets.len(), log.len());
    let (secrets, words) = (secrets.into_iter().collect::<Vec<_>>(), vocabulary());
    let finder = AhoCorasick::new(&secrets).unwrap();
    for line in &log {
        assert_eq!(leak(line, &finder, &secrets, &words), None, "{line}");
        assert!(!looks_secret(line), "{line}");
    }
}

#[test]
fn a_secret_of_each_kind_would_be_found() {
    let secrets: Vec<String> = lines("secrets", &[]).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (finder, words) = (AhoCorasick::new(&secrets).unwrap(), vocabulary());
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_base32 = |text: &str| text.bytes().all(|c| matches!(c, b'A'..=b'Z' | b'2'..=b'7' | b'-'));
    let kinds: [(&str, &dyn Fn(&str) -> bool); 13] = [
        ("a password", &|text| text == tests::PASSWORD),
        ("an access token", &|text| text.starts_with("eyJ") && text.split('.').count() == 3),
        ("a refresh token", &|text| text.split('.').count() == 3 && text.contains('-') && !text.starts_with("eyJ")),
        ("a password's hash", &|text| text.starts_with("$argon2id$")),
        ("the tests' seed", &|text| text == tests::SEED),
        ("a seed that the stack made", &|text| text.len() == 64 && is_hex(text) && text != tests::SEED),
        ("the secret of an edge", &|text| text.starts_with("rehears") && text.contains("edge")),
        ("the tests' sealing key", &|text| tests::SEALING_KEYS.contains(text) && text.len() == 64),
        ("an authenticator's secret", &|text| text.len() == 32 && is_base32(text)),
        ("a recovery code", &|text| text.len() == 28 && is_base32(text)),
        ("a mailed code", &|text| tests::authenticator::mailed_code(text) == Some(text)),
        ("a challenge", &|text| text.len() == 80 && text.split('.').count() == 2),
        ("an email", &|text| text.ends_with("@example.com")),
    ];
    for (kind, is) in kinds {
        let secret = secrets.iter().find(|text| is(text)).unwrap_or_else(|| panic!("{kind} was never noted"));
        for member in ["cause", "reason", "user", "code"] {
            let line = json!({ "event": "failed", member: format!("it said {secret}!") }).to_string();
            assert!(leak(&line, &finder, &secrets, &words).is_some(), "{kind} in {member}");
        }
        assert!(leak(&format!("can't start: {secret}"), &finder, &secrets, &words).is_some(), "{kind}");
    }
}

/// All texts in a value, without JSON's escapes.
fn texts(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text}\n"),
        Value::Array(items) => items.iter().map(texts).collect(),
        Value::Object(members) => members.values().map(texts).collect(),
        other => format!("{other}\n"),
    }
}

/// Whether the line looks like it contains a JWT, a password's hash or an email.
fn looks_secret(line: &str) -> bool {
    let is_email = |word: &str| {
        let (name, domain) = word.split_once('@').unwrap_or_default();
        !name.is_empty() && domain.contains('.')
    };
    line.contains("eyJ") || line.contains("$argon2") || line.split(['"', ' ', ',', '<', '>']).any(is_email)
}
