//! Rehearses a deployment. The stack of template.yaml is created on a simulated AWS. Every real binary runs with the
//! environment that the stack gives its function, through the whole story from sign-up to erasure. The simulation lacks
//! API Gateway, alarms and the domain.
//!
//! Needs a Python with the packages of `requirements.txt` (`REHEARSAL_PYTHON`), a folder with all functions
//! (`TEST_FUNCTIONS`), and a folder with `admin` (`TEST_EXECUTABLES`). `.ci/record` sets them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bootstraps;
mod fixture;
mod stack;
mod story;

use std::collections::{BTreeMap, BTreeSet};

use local::Template;
use serde_json::Value;

use crate::fixture::Fixture;
use crate::stack::Stack;

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_story_passes_in_the_rehearsed_stack() {
    let fixture = Fixture::new().await;
    let superuser = story::the_first_superuser(&fixture).await;
    let ada = story::sign_up(&fixture).await;
    let ada = story::change_names(&fixture, ada).await;
    let ada = story::become_staff(&fixture, &superuser, ada).await;
    story::read_the_audit(&fixture, &superuser).await;
    story::invite(&fixture, &superuser).await;
    story::refresh_and_end_sessions(&fixture, &ada).await;
    story::change_and_reset_the_password(&fixture).await;
    story::add_and_remove_a_factor(&fixture).await;
    story::rotate_the_key(&fixture, &superuser).await;
    story::be_refused(&fixture).await;
    story::end_unverified(&fixture, &superuser).await;
    story::call_the_rest(&fixture, &superuser).await;
    story::be_erased(&fixture, &superuser).await;

    let invoked = fixture.lambda.peaks().await;
    for (name, peak) in &invoked {
        println!("{name}: at most {peak} kB of memory");
    }
    let all: BTreeSet<&str> = fixture.stack.functions.values().map(|function| function.binary.as_str()).collect();
    assert_eq!(all.len(), Template::ours().unwrap().all_functions().unwrap().len(), "functions of the stack");
    assert_eq!(invoked.keys().map(String::as_str).collect::<BTreeSet<_>>(), all, "every function was invoked");
    fixture.no_call_exceeded_its_role();
}

/// Managed policies of every function, with which AWS writes its log and its traces.
const FOR_AWS: [&str; 2] = [
    "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_role_of_the_stack_has_exactly_the_grants_of_the_template() {
    let stack = Stack::created().await;
    let functions = Template::ours().unwrap().all_functions().unwrap();
    assert_eq!(functions.len(), stack.functions.len());
    for function in functions {
        let deployed = &stack.functions[&function.id];
        let has_route = function.has_route();
        assert_eq!(deployed.grants(), function.grants.into_iter().collect(), "{}", function.id);
        assert_eq!(deployed.managed_policies, FOR_AWS, "{}", function.id);
        let scheduled = ["key_rotate", "unverified_end"].contains(&function.binary.as_str());
        assert_eq!(deployed.scheduled, scheduled, "{}", function.id);
        for (name, value) in &deployed.environment {
            let proxy = name == "EDGE_SECRET" && !has_route;
            assert!(value.is_empty() == proxy && !value.contains("${"), "{}: {name}={value}", function.id);
        }
    }
    let statements = statements(&stack.template);
    assert!(statements.len() > 100, "{}", statements.len());
    for statement in statements {
        assert!(!statement.to_string().contains('*'), "{statement}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_function_can_be_called_by_its_own_route_alone() {
    let stack = Stack::created().await;
    let mut permissions = permissions(&stack.template);
    for function in Template::ours().unwrap().functions().unwrap() {
        let permission = permissions.remove(function.id.as_str()).unwrap();
        assert_eq!(permission["Principal"], "apigateway.amazonaws.com");
        // SAM replaces parameters of the path with stars.
        let path: Vec<&str> =
            function.path.split('/').map(|part| if part.starts_with('{') { "*" } else { part }).collect();
        let source = permission["SourceArn"]["Fn::Sub"][0].as_str().unwrap();
        let route = format!(":${{__ApiId__}}/${{__Stage__}}/{}{}", function.method, path.join("/"));
        assert!(source.ends_with(&route), "{}: {source}", function.id);
    }
    let left: Vec<_> = permissions.into_iter().collect();
    assert_eq!(left.iter().map(|(function, _)| *function).collect::<Vec<_>>(), ["KeyRotate", "UnverifiedEnd"]);
    for (function, schedule) in left {
        assert_eq!(schedule["Principal"], "events.amazonaws.com");
        assert_eq!(schedule["SourceArn"]["Fn::GetAtt"][0], format!("{function}Schedule"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_of_another_name_shares_nothing() {
    let stack = Stack::created().await;
    let (ours, theirs) = (&stack.resources, &stack.neighbour);
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>(), "both stacks are whole");
    // The simulation gives a permission no id.
    let named = |id: &&String| !id.is_empty();
    let (ours, theirs): (BTreeSet<_>, BTreeSet<_>) =
        (ours.values().filter(named).collect(), theirs.values().filter(named).collect());
    assert!(ours.len() > 100, "{}", ours.len());
    let shared: Vec<_> = ours.intersection(&theirs).collect();
    assert!(shared.is_empty(), "{shared:?}");
}

/// Every statement of every policy.
fn statements(value: &Value) -> Vec<&Value> {
    match value {
        Value::Object(members) if members.contains_key("Effect") => vec![value],
        Value::Object(members) => members.values().flat_map(statements).collect(),
        Value::Array(items) => items.iter().flat_map(statements).collect(),
        _ => Vec::new(),
    }
}

/// The permission to invoke each function, by the function's id.
fn permissions(template: &Value) -> BTreeMap<&str, &Value> {
    let resources = template["Resources"].as_object().unwrap().values().map(|resource| &resource["Properties"]);
    let permissions = resources.filter(|properties| properties["Action"] == "lambda:InvokeFunction");
    permissions.map(|permission| (permission["FunctionName"]["Ref"].as_str().unwrap(), permission)).collect()
}
