//! Rules for the Rust sources.

use std::collections::{BTreeMap, BTreeSet};

use api::OwnedByUser;
use catalogue::Owned;
use local::Template;
use serde_json::Value;
use tests::repository::DOMAINS;

use crate::sources;

/// Types prevent proofs that are forged by mistake. Code could still forge a proof by giving a guard its own keys and
/// accounts, or a password check its own hash. So only these places may do this.
#[test]
fn proofs_are_made_in_few_places() {
    let makers = [
        "Guard::new",
        "PublishedKeys for",
        "AccountStates for",
        "SigningKey::new",
        "auth::issue",
        "PasswordPolicy::owasp",
        "AccountTable for",
        "Erasure::of_marked",
        "Permit::for_operator",
    ];
    let at_home = ["shared/auth/", "shared/identity/src/", "shared/api/src/context.rs"];
    let tools = ["examples/", "tests/", "tools/"];
    for (path, text) in sources() {
        let in_demo = DOMAINS.iter().any(|domain| path == format!("{domain}/src/demo.rs"));
        let allowed = in_demo || at_home.iter().chain(&tools).any(|place| path.starts_with(place));
        let found = makers.iter().find(|maker| text.contains(**maker));
        assert!(allowed || found.is_none(), "{path} makes proofs: {found:?}");
    }
}

/// The compiler keeps undeclared parts from an endpoint. A part of a function's own would hide the parts that it is made
/// of.
#[test]
fn functions_make_no_parts_of_their_own() {
    let makers = ["Part for", "table_part!", "Permit", "Context::new", "Identity::context", "Settings::read", "Guard"];
    for (path, text) in sources().iter().filter(|(path, _)| path.starts_with("functions/")) {
        let found: Vec<_> = makers.iter().filter(|maker| text.contains(**maker)).collect();
        assert!(found.is_empty(), "{path} has {found:?}");
    }
}

/// A single table has the accounts, because it marks accounts for erasure.
#[test]
fn one_table_has_the_accounts() {
    let implementations = sources()
        .into_iter()
        .filter(|(path, text)| !path.starts_with("tests/") && text.contains("impl AccountTable for"));
    let files: Vec<_> = implementations.map(|(path, _)| path).collect();
    assert_eq!(files, ["shared/identity/src/users/account.rs"]);
}

/// Each table is a private type of one crate, and each type has its own table.
#[test]
fn every_table_has_one_private_type() {
    let mut types = BTreeMap::new();
    let elsewhere = |path: &str| ["examples/", "tests/"].iter().any(|folder| path.starts_with(folder));
    for (path, text) in sources().into_iter().filter(|(path, _)| !elsewhere(path)) {
        for place in text.split("impl Table for ").skip(1) {
            let (name, rest) = place.split_once(' ').unwrap();
            let public = format!("pub struct {name}");
            assert!(!text.contains(&public), "{path}: {name} is public, so other crates can reach its table");
            let table = rest.split('"').nth(1).unwrap().to_owned();
            assert!(types.insert(table.clone(), path.clone()).is_none(), "{path}: {table} has two types");
        }
    }
    let template = Template::ours().unwrap();
    let template: BTreeSet<String> = template.tables().map(|(name, _)| name).collect();
    assert_eq!(types.into_keys().collect::<BTreeSet<_>>(), template);
}

/// A user's rows are erased with the account.
#[test]
fn every_table_keyed_by_a_user_is_erased_with_the_account() {
    let owned: BTreeSet<_> = <Owned as OwnedByUser>::tables().into_iter().map(str::to_owned).collect();
    let template = Template::ours().unwrap();
    let keyed_by_user: BTreeSet<_> =
        template.tables().filter(|(_, table)| has_user_key(table)).map(|(name, _)| name).collect();
    assert!(keyed_by_user.len() >= 3, "{keyed_by_user:?}");
    assert_eq!(owned, keyed_by_user, "functions/src/workers/user_erase.rs");
}

/// Whether the table or one of its indexes has the key `user_id`.
fn has_user_key(table: &Value) -> bool {
    match table {
        Value::Object(fields) => {
            fields.get("AttributeName") == Some(&"user_id".into()) && fields.contains_key("KeyType")
                || fields.values().any(has_user_key)
        }
        Value::Array(items) => items.iter().any(has_user_key),
        _ => false,
    }
}

#[test]
fn sources_are_short_and_tests_do_not_sleep_or_hide() {
    // Concatenated, so that this file does not break the rule.
    let (sleep, ignore, todo) = (["sleep", "("].concat(), ["#[ign", "ore"].concat(), ["TO", "DO"].concat());
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= 400, "{path} has {lines} lines");
        assert!(!text.contains(&ignore), "{path} switches a test off");
        assert!(!text.contains(&todo), "{path} is unfinished");
        assert!(!path.starts_with("tests/") || !text.contains(&sleep), "{path} sleeps");
    }
}
