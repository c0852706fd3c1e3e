//! Operational settings of template.yaml: backups, logs, traces, throttles, memory. A missing one would go unnoticed
//! until an incident.

use std::collections::{BTreeMap, BTreeSet};

use api::Entry;
use catalogue::{CATALOGUE, WORKERS};
use local::{Template, binary_name};
use serde_json::{Value, json};

use tests::repository::{read, resources};

fn source() -> Value {
    Template::source().unwrap()
}

fn functions(source: &Value) -> BTreeMap<String, Value> {
    let functions = resources(source, "AWS::Serverless::Function");
    assert!(functions.len() > CATALOGUE.len(), "the functions were not found");
    functions
}

/// The properties of the HTTP API.
fn http_api(source: &Value) -> Value {
    let apis = resources(source, "AWS::Serverless::HttpApi");
    assert_eq!(apis.keys().collect::<Vec<_>>(), ["HttpApi"], "there is a single API");
    apis["HttpApi"]["Properties"].clone()
}

#[test]
fn every_endpoint_that_guards_a_credential_has_a_throttle_of_its_own() {
    let source = source();
    let settings = http_api(&source)["RouteSettings"].as_object().unwrap().clone();
    for (route, setting) in &settings {
        assert!(
            CATALOGUE.iter().flat_map(Entry::routes).any(|known| known.to_string() == *route),
            "there is no route {route}"
        );
        let rate = setting["ThrottlingRateLimit"].as_str().unwrap();
        let whose = rate.strip_suffix("ThrottleRate").filter(|whose| !whose.is_empty());
        let whose = whose.unwrap_or_else(|| panic!("{route} has the throttle that all have: {rate}"));
        assert_eq!(setting["ThrottlingBurstLimit"], format!("{whose}ThrottleBurst"), "{route}");
    }
    for entry in CATALOGUE.iter().filter(|entry| entry.has_throttle()) {
        assert!(settings.contains_key(&entry.route.to_string()), "{} lacks a throttle", entry.route);
    }
}

#[test]
fn every_function_has_a_log_group_that_forgets() {
    let source = source();
    let groups = resources(&source, "AWS::Logs::LogGroup");
    for (id, group) in &groups {
        assert_eq!(group["Properties"]["RetentionInDays"], "LogRetention", "{id}");
    }
    let mut used = BTreeSet::from(["AccessLogs".to_owned()]);
    for (id, function) in functions(&source) {
        let name = function["Properties"]["LoggingConfig"]["LogGroup"].as_str();
        let name = name.unwrap_or_else(|| panic!("{id}: Lambda makes a group that keeps everything"));
        let group = groups.get(name).unwrap_or_else(|| panic!("{id}: there is no log group {name}"));
        assert_eq!(group["Properties"]["LogGroupName"], format!("/aws/lambda/${{AWS::StackName}}-{id}"), "{name}");
        used.insert(name.to_owned());
    }
    assert_eq!(groups.into_keys().collect::<BTreeSet<_>>(), used, "a log group is unused");
}

/// Tables that are neither protected nor backed up. A table is, unless there is a reason.
const NOT_KEPT: [&str; 6] = [
    "signing_keys",
    "rate_limits",
    "idempotency",
    // Data erased with an account must not stay in backups.
    "mail_tokens",
    "sign_in_addresses",
    // Addresses of people who never made an account.
    "invitations",
];

/// Tables whose items expire.
const EXPIRING: [&str; 9] = [
    "sessions",
    "signing_keys",
    "rate_limits",
    "audit",
    "idempotency",
    "mail_tokens",
    "sign_in_addresses",
    "invitations",
    // Challenges of sign-ins, and factors that wait to be confirmed.
    "factors",
];

/// Without its key, no authenticator works any more. A secret that is made again has another key.
#[test]
fn the_sealing_keys_outlive_the_stack() {
    let source = source();
    let secret = &resources(&source, "AWS::SecretsManager::Secret")["SealingKeys"];
    for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
        assert!(secret[policy].as_str().is_some_and(|policy| policy.starts_with("Retain")), "{policy}: {secret}");
    }
    let made = &secret["Properties"]["GenerateSecretString"];
    assert_eq!((&made["GenerateStringKey"], &made["SecretStringTemplate"]), (&json!("1"), &json!("{}")));
    assert_eq!(made["PasswordLength"], 64);
}

#[test]
fn all_functions_know_which_roles_need_a_second_factor() {
    let source = source();
    let variables = &source["Globals"]["Function"]["Environment"]["Variables"];
    for (variable, parameter) in [
        ("STAFF_NEEDS_SECOND_FACTOR", "StaffNeedsSecondFactor"),
        ("SUPERUSER_NEEDS_SECOND_FACTOR", "SuperuserNeedsSecondFactor"),
    ] {
        assert_eq!(variables[variable], parameter);
        assert_eq!(source["Parameters"][parameter]["Default"], "false");
    }
}

#[test]
fn tables_are_protected_unless_listed_and_expire_as_listed() {
    let source = source();
    let mut listed: BTreeSet<&str> = NOT_KEPT.into_iter().chain(EXPIRING).collect();
    for (id, table) in resources(&source, "AWS::DynamoDB::Table") {
        let properties = &table["Properties"];
        let name = properties["TableName"].as_str().unwrap().strip_prefix("${AWS::StackName}-").unwrap();
        let (kept, expires) = (!NOT_KEPT.contains(&name), EXPIRING.contains(&name));
        let only = |whether: bool, value: Value| if whether { value } else { Value::Null };
        let policies = if kept { ["RetainExceptOnCreate", "Retain"] } else { ["Delete", "Delete"] };
        assert_eq!([&table["DeletionPolicy"], &table["UpdateReplacePolicy"]], policies, "{id}");
        for (property, value) in [
            ("BillingMode", json!("PAY_PER_REQUEST")),
            ("DeletionProtectionEnabled", only(kept, json!("DeletionProtection"))),
            (
                "PointInTimeRecoverySpecification",
                only(kept, json!({"PointInTimeRecoveryEnabled": "PointInTimeRecovery"})),
            ),
            ("TimeToLiveSpecification", only(expires, json!({"AttributeName": "expires_at", "Enabled": true}))),
        ] {
            assert_eq!(properties[property], value, "{id}: {property}");
        }
        listed.remove(name);
    }
    assert!(listed.is_empty(), "there are no tables {listed:?}");
    for parameter in ["DeletionProtection", "PointInTimeRecovery"] {
        assert_eq!(source["Parameters"][parameter]["Default"], "true", "{parameter}");
    }
}

#[test]
fn one_makefile_builds_every_function() {
    let build = json!({ "BuildMethod": "makefile", "WorkingDirectory": "tools/architectures/${Architecture}" });
    let source = source();
    for (id, function) in functions(&source) {
        assert_eq!(function["Metadata"], build, "{id}");
    }
    assert_eq!(source["Parameters"]["Architecture"]["AllowedValues"], json!(["arm64", "x86_64"]));
    assert_eq!(read("tools/architectures/arm64/target.mk"), "TARGET := aarch64-unknown-linux-gnu\n");
    assert_eq!(read("tools/architectures/x86_64/target.mk"), "TARGET := x86_64-unknown-linux-gnu\n");
}

#[test]
fn every_endpoint_is_traced_and_has_ten_seconds() {
    let source = source();
    assert_eq!(source["Globals"]["Function"]["Tracing"], "Active");
    assert_eq!(source["Globals"]["Function"]["Timeout"], 10);
    for (id, function) in functions(&source) {
        let properties = &function["Properties"];
        assert!(properties["Tracing"].is_null(), "{id} has its own Tracing");
        // Workers have no caller, and may take longer.
        let has_route = properties["Events"]["Route"].is_object();
        assert!(!has_route || properties["Timeout"].is_null(), "{id} has its own Timeout");
    }
}

#[test]
fn failed_jobs_come_back_soon_and_for_half_an_hour() {
    let source = source();
    let (functions, queues) = (functions(&source), resources(&source, "AWS::SQS::Queue"));
    let mut workers = BTreeSet::new();
    for (id, mapping) in resources(&source, "AWS::Lambda::EventSourceMapping") {
        let mapping = &mapping["Properties"];
        assert_eq!(mapping["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]), "{id}");
        // Otherwise deliveries that Lambda throttles use up `maxReceiveCount`.
        assert!(mapping["ScalingConfig"]["MaximumConcurrency"].as_u64().unwrap() >= 2, "{id}");
        let worker = mapping["FunctionName"].as_str().unwrap();
        let queue_arn = mapping["EventSourceArn"].as_str().unwrap();
        let queue = &queues[queue_arn.strip_suffix(".Arn").unwrap()]["Properties"];
        let timeout = functions[worker]["Properties"]["Timeout"].as_u64().unwrap();
        assert!(queue["VisibilityTimeout"].as_u64().unwrap() >= 6 * timeout, "{id}: AWS recommends six times");
        let deliveries = queue["RedrivePolicy"]["maxReceiveCount"].as_u64().unwrap();
        assert!(
            deliveries >= 10,
            "{id}: {deliveries} deliveries end within minutes, because the first pauses are short"
        );
        let statements = functions[worker]["Properties"]["Policies"][0]["Statement"].as_array().unwrap();
        let own = statements.iter().find(|statement| statement["Resource"] == queue_arn).unwrap();
        let actions = own["Action"].as_array().unwrap();
        assert!(actions.contains(&json!("sqs:ChangeMessageVisibility")), "{worker} can't shorten the pauses");
        workers.insert(binary_name(worker));
    }
    assert_eq!(workers, WORKERS.iter().map(|worker| worker.name.to_owned()).collect());
}

#[test]
fn functions_that_hash_have_more_memory() {
    // Hashing needs processor time, which Lambda assigns in proportion to memory.
    let hashes = |entry: &&Entry| entry.uses().iter().any(|part| ["Passwords", "NewPasswords"].contains(&part.name));
    let hashing: BTreeSet<_> = CATALOGUE.iter().filter(hashes).map(|entry| entry.name.to_owned()).collect();
    let source = source();
    let usual = source["Globals"]["Function"]["MemorySize"].as_u64().unwrap();
    let more = functions(&source).into_iter().filter(|(id, function)| {
        let own = &function["Properties"]["MemorySize"];
        assert!(own.is_null() || own.as_u64().unwrap() >= 2 * usual, "{id} has {own} MB, hardly more than others");
        !own.is_null()
    });
    let more = more.map(|(id, _)| binary_name(&id));
    assert_eq!(more.collect::<BTreeSet<_>>(), hashing);
}

/// The fields that the access log may have: no path, query string or header, and no part of a token.
const LOGGED: [&str; 11] = [
    "$context.identity.sourceIp",
    "$context.integrationErrorMessage",
    "$context.integrationLatency",
    "$context.integrationStatus",
    "$context.protocol",
    "$context.requestId",
    "$context.requestTime",
    "$context.responseLatency",
    "$context.responseLength",
    "$context.routeKey",
    "$context.status",
];

#[test]
fn the_access_log_is_json_and_has_no_secrets() {
    let source = source();
    let settings = &http_api(&source)["AccessLogSettings"];
    let group = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${AccessLogs}";
    assert_eq!(settings["DestinationArn"], group);
    let format = settings["Format"].as_str().unwrap();
    assert!(!format.contains('\n'), "one line for each request");
    let members: BTreeMap<String, String> = serde_json::from_str(format).unwrap();
    for (member, value) in &members {
        assert!(LOGGED.contains(&value.as_str()), "{member} is {value}");
    }
    assert_eq!(members.get("requestId").unwrap(), "$context.requestId", "API Gateway demands it");
}

#[test]
fn with_a_domain_of_its_own_the_api_has_no_other_way_in() {
    let source = source();
    // `!If [HasDomain, true, false]`, and `!Not [!Equals [!Ref DomainName, ""]]`
    assert_eq!(http_api(&source)["DisableExecuteApiEndpoint"], json!(["HasDomain", true, false]));
    assert_eq!(source["Conditions"]["HasDomain"], json!([["DomainName", ""]]));
}
