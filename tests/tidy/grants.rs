//! Functions have only the grants and settings that they need.

use std::collections::{BTreeMap, BTreeSet};

use api::PartInfo;
use auth::Level;
use catalogue::{CATALOGUE, TASKS, WORKERS};
use local::{Grant, Template};
use serde_json::{Value, json};
use tests::{Call, UnderWay};

/// The parts that each function declares, by the name of its binary.
fn declared() -> BTreeMap<&'static str, Vec<PartInfo>> {
    let endpoints = CATALOGUE.iter().map(|entry| (entry.name, entry.uses()));
    let workers = WORKERS.iter().map(|worker| (worker.name, worker.uses()));
    endpoints.chain(workers).chain(TASKS.iter().map(|task| (task.name, task.uses()))).collect()
}

#[test]
fn functions_know_the_settings_of_their_parts_and_no_others() {
    let declared = declared();
    let known: BTreeSet<&str> = declared.values().flatten().flat_map(|part| part.variables).copied().collect();
    assert!(known.len() >= 5, "{known:?}");
    for function in Template::ours().unwrap().all_functions().unwrap() {
        let needed: BTreeSet<&str> =
            declared[function.binary.as_str()].iter().flat_map(|part| part.variables).copied().collect();
        let told = function.variables.iter().map(String::as_str).filter(|name| known.contains(name));
        assert_eq!(told.collect::<BTreeSet<_>>(), needed, "{}", function.binary);
    }
}

#[test]
fn functions_reach_no_table_that_they_do_not_declare() {
    let declared = declared();
    for function in Template::ours().unwrap().all_functions().unwrap() {
        let mut tables: BTreeSet<&str> =
            declared[function.binary.as_str()].iter().flat_map(|part| part.tables).copied().collect();
        let entry = CATALOGUE.iter().find(|entry| entry.name == function.binary);
        if entry.is_some_and(|entry| !entry.limits.is_empty()) {
            tables.insert("rate_limits");
        }
        if entry.is_some_and(|entry| entry.level != Level::Public) {
            tables.extend(identity::GUARD_TABLES);
        }
        let tables: BTreeSet<String> =
            tables.iter().map(|table| tests::table_grant(&format!("t-{table}"), None)).collect();
        for grant in function.grants.iter().filter(|grant| grant.action.starts_with("dynamodb:")) {
            // An index is named by its table: `${UsersTable.Arn}/index/...`.
            let table = grant.resource.trim_start_matches("${").split(['}', '/']).next().unwrap();
            assert!(tables.contains(table), "{} may {grant:?}, and declares {tables:?}", function.binary);
        }
    }
}

#[test]
fn only_functions_with_an_issuer_can_read_the_seed() {
    let declared = declared();
    for function in Template::ours().unwrap().all_functions().unwrap() {
        let signs = declared[function.binary.as_str()].iter().any(|part| part.name == "Issuer");
        assert_eq!(reads_secret(&function.grants, "SigningSeed"), signs, "{}", function.binary);
    }
}

/// A sign-in with the password alone never reads them.
#[test]
fn only_functions_that_make_or_check_factors_can_read_the_sealing_keys() {
    let declared = declared();
    for function in Template::ours().unwrap().all_functions().unwrap() {
        let seals = declared[function.binary.as_str()].iter().any(|part| part.name == "Sealer");
        assert_eq!(reads_secret(&function.grants, "SealingKeys"), seals, "{}", function.binary);
        assert!(!seals || function.binary != "tokens_issue");
        let secrets = function.grants.iter().filter(|grant| grant.action.starts_with("secretsmanager:"));
        for grant in secrets {
            assert!(tests::SECRETS.iter().any(|(_, secret)| grant.resource == *secret), "{grant:?}");
        }
    }
}

fn reads_secret(grants: &[Grant], secret: &str) -> bool {
    grants.iter().any(|grant| grant.action.starts_with("secretsmanager:") && grant.resource == secret)
}

#[test]
fn only_functions_with_a_queue_can_send_to_it() {
    let declared = declared();
    for function in Template::ours().unwrap().all_functions().unwrap() {
        for queue in WORKERS.iter().map(|worker| worker.queue) {
            let sends = declared[function.binary.as_str()].iter().any(|part| part.name == queue.name);
            let resource = queue.name[..1].to_uppercase() + &queue.name[1..] + "Queue.Arn";
            let grant = Grant::new("sqs:SendMessage", resource);
            assert_eq!(function.grants.contains(&grant), sends, "{} and {queue:?}", function.binary);
        }
    }
}

/// The grants that a call to DynamoDB needs.
fn needed(operation: &str, body: Value) -> Vec<Grant> {
    let (function, service) = ("users_update".to_owned(), "dynamodb".to_owned());
    Call { function, service, operation: operation.to_owned(), body, time: UnderWay::now() }.grants()
}

#[test]
fn a_row_of_the_audit_needs_another_grant_in_a_transaction_than_alone() {
    let put = |table: &str| json!({ "Put": { "TableName": table } });
    let (users, audit) = (["PutItem", "UsersTable.Arn"], ["PutItem", "AuditTable.Arn"]);
    let grant = |[action, table]: [&str; 2]| Grant::new(format!("dynamodb:{action}"), table);
    let in_transaction = needed("TransactWriteItems", json!({ "TransactItems": [put("t-users"), put("t-audit")] }));
    assert_eq!(in_transaction, [grant(users), Grant { in_transactions: true, ..grant(audit) }]);
    assert_eq!(needed("PutItem", json!({ "TableName": "t-audit" })), [grant(audit)]);
}

/// Whether these grants allow rows of the audit outside of transactions, and a change that could lack its row.
fn could_change_without_a_row(grants: &[Grant]) -> bool {
    const WRITES: [&str; 4] = ["BatchWriteItem", "DeleteItem", "PutItem", "UpdateItem"];
    let writes = || grants.iter().filter(|grant| WRITES.iter().any(|write| grant.action.ends_with(write)));
    let plain = writes().any(|grant| grant.resource == "AuditTable.Arn" && !grant.in_transactions);
    plain && writes().any(|grant| !["AuditTable.Arn", "RateLimitsTable.Arn"].contains(&&*grant.resource))
}

/// Reads of others' data put their row plainly. They count calls, and change nothing else.
#[test]
fn functions_that_change_data_write_rows_of_the_audit_in_transactions_alone() {
    let grant = |text: &str| text.parse::<Grant>().unwrap();
    let (count, change) =
        (grant("dynamodb:UpdateItem on RateLimitsTable.Arn"), grant("dynamodb:PutItem on UsersTable.Arn"));
    let plain = grant("dynamodb:PutItem on AuditTable.Arn");
    let bound = grant("dynamodb:PutItem (in transactions) on AuditTable.Arn");
    assert!(could_change_without_a_row(&[plain.clone(), count.clone(), change.clone()]));
    assert!(!could_change_without_a_row(&[plain, count.clone()]));
    assert!(!could_change_without_a_row(&[bound, count, change]));
    for function in Template::ours().unwrap().all_functions().unwrap() {
        assert!(!could_change_without_a_row(&function.grants), "{}: {:#?}", function.binary, function.grants);
    }
}

#[test]
fn no_grant_has_a_wildcard() {
    for function in Template::ours().unwrap().all_functions().unwrap() {
        for grant in function.grants {
            assert!(!grant.action.contains('*') && !grant.resource.contains('*'), "{}: {grant:?}", function.id);
        }
    }
}

/// The sender stands in the grant to send mails, where `*`, `?` and `${...}` would stand for others.
#[test]
fn the_sender_of_mails_is_one_plain_address() {
    let pattern = Template::source().unwrap()["Parameters"]["MailFrom"]["AllowedPattern"].clone();
    let is_allowed = |text: &str| jsonschema::is_valid(&json!({ "pattern": pattern }), &json!(text));
    for good in ["no-reply@example.com", "CHANGE-ME@example.com", "a.b+c_d@mail.example.co.uk", "a@localhost"] {
        assert!(is_allowed(good), "{good}");
    }
    for bad in ["*@example.com", "a@*", "a@*.com", "n?@example.com", "${aws:userid}@example.com", "a@b@c", "a b@c.com"]
    {
        assert!(!is_allowed(bad), "{bad}");
    }
    for bad in
        ["a,b@example.com", "a@b,c", "Shop<a@b>", "<a@b>", "a@b;", "\"a\"@b", "a:b@c", "a/b@c", "", "a", "@b", "a@"]
    {
        assert!(!is_allowed(bad), "{bad}");
    }
}
