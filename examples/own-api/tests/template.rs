//! The template of a stack of its own has each endpoint, with its routes and the grants that its level needs.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};

use local::{Function, Template};
use own_api::CATALOGUE;

const TEMPLATE: &str = include_str!("../template.yaml");
const CHILD: &str = include_str!("../nested/child.yaml");

/// The functions of a template, by the name of the binary.
fn functions(template: &str) -> BTreeMap<String, Function> {
    let functions = Template::parse(template).unwrap().all_functions().unwrap();
    functions.into_iter().map(|function| (function.binary.clone(), function)).collect()
}

/// The grants of a function, without the part of an ARN before `table/`.
fn grants(function: &Function) -> BTreeSet<(&str, &str)> {
    let table = |resource| str::rsplit(resource, '/').next().unwrap_or_default();
    function.grants.iter().map(|grant| (&*grant.action, table(&grant.resource))).collect()
}

#[test]
fn the_template_has_the_routes_of_every_endpoint() {
    let functions = functions(TEMPLATE);
    for entry in CATALOGUE {
        let function = functions.get(entry.name).unwrap_or_else(|| panic!("{} is not in the template", entry.name));
        let routes: Vec<_> = function.methods().map(|method| format!("{method} {}", function.path)).collect();
        let expected: Vec<_> = entry.routes().map(|route| route.to_string()).collect();
        assert_eq!(routes, expected, "{}", entry.name);
    }
    assert_eq!(functions.len(), CATALOGUE.len(), "a function has no endpoint");
}

#[test]
fn functions_that_check_tokens_can_read_keys_and_accounts_of_the_first_stack() {
    let reads = [
        ("dynamodb:GetItem", "${IssuerStack}-signing_keys"),
        ("dynamodb:BatchGetItem", "${IssuerStack}-users"),
        ("dynamodb:BatchGetItem", "${IssuerStack}-sessions"),
    ];
    let functions = functions(TEMPLATE);
    for (name, checks) in [("list", false), ("create", true), ("delete", true)] {
        let grants = grants(&functions[&format!("announcements_{name}")]);
        for read in reads {
            assert_eq!(grants.contains(&read), checks, "{name}: {read:?}");
        }
    }
}

/// Otherwise one of the two templates would be out of date.
#[test]
fn a_nested_function_has_as_many_grants_as_in_a_stack_of_its_own() {
    let (own, nested) = (functions(TEMPLATE), functions(CHILD));
    let actions = |function: &Function| function.grants.iter().map(|grant| grant.action.clone()).collect::<Vec<_>>();
    for (name, function) in &nested {
        assert_eq!(actions(function), actions(&own[name]), "{name}");
    }
    assert!(!nested.is_empty());
}
