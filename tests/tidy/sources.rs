//! Rules for the Rust sources.

use std::collections::{BTreeMap, BTreeSet};

use api::OwnedByUser;
use catalogue::Owned;
use local::Template;
use serde_json::Value;
use tests::repository::in_domain;

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
    let in_identity = [
        ("account_states.rs", "AccountStates for"),
        ("issuer.rs", "SigningKey::new"),
        ("issuer.rs", "auth::issue"),
        ("passwords.rs", "PasswordPolicy::owasp"),
        ("serve.rs", "Guard::new"),
        ("signer.rs", "SigningKey::new"),
        ("signing_keys.rs", "PublishedKeys for"),
        ("users/account.rs", "AccountTable for"),
        ("users/erasure.rs", "Erasure::of_marked"),
    ];
    let in_demo = |path: &str| {
        path == "shared/identity/src/demo.rs" || in_domain(path) && path.split('/').skip(1).eq(["src", "demo.rs"])
    };
    let anywhere = ["shared/auth/", "examples/", "tests/", "tools/"];
    for (path, text) in sources() {
        let in_identity =
            |maker| in_identity.iter().any(|(file, one)| path == format!("{IDENTITY}{file}") && *one == maker);
        let allowed = |maker| in_identity(maker) || maker == "Permit::for_operator" && in_demo(&path);
        let found = makers.iter().find(|maker| text.contains(**maker) && !allowed(**maker));
        assert!(
            anywhere.iter().any(|place| path.starts_with(place)) || found.is_none(),
            "{path} makes proofs: {found:?}"
        );
        let renamed =
            renames(&text).find(|name| makers.iter().any(|maker| maker.split([':', ' ']).any(|word| word == *name)));
        assert!(renamed.is_none(), "{path} renames {renamed:?}, which hides it from this test");
    }
}

const IDENTITY: &str = "shared/identity/src/";

/// The names that imports of a file give another name: `A` in `use a::A as B`.
fn renames(text: &str) -> impl Iterator<Item = &str> {
    let imports = text.split(';').filter_map(|statement| statement.rsplit_once("use ")).map(|(_, import)| import);
    let renamed = imports.flat_map(|import| import.split(" as ").collect::<Vec<_>>().into_iter().rev().skip(1));
    renamed.filter_map(|before| before.rsplit([':', '{', ' ', ',', '\n']).next()).filter(|name| !name.is_empty())
}

/// A domain's part reaches DynamoDB by `api::table_part!`, which lists the part's tables, or by parts of that kind.
#[test]
fn parts_of_domains_list_their_tables() {
    for (path, text) in sources().iter().filter(|(path, _)| in_domain(path)) {
        assert!(!text.contains("context.db("), "{path}: use `api::table_part!`");
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
    let implementations =
        sources().into_iter().filter(|(path, text)| !path.starts_with("tests/") && text.contains("AccountTable for"));
    let files: Vec<_> = implementations.map(|(path, _)| path).collect();
    assert_eq!(files, ["shared/identity/src/users/account.rs"]);
}

/// Each table is a private type of one crate, and each type has its own table.
#[test]
fn every_table_has_one_private_type() {
    let mut types = BTreeMap::new();
    // Tests may have tables that do not exist.
    let elsewhere =
        |path: &str| path.starts_with("examples/") || path.starts_with("tests/") || path.ends_with("/tests.rs");
    for (path, text) in sources().into_iter().filter(|(path, _)| !elsewhere(path)) {
        for (name, table) in tables_of(&path, &text) {
            let public = format!("pub struct {name}");
            assert!(!text.contains(&public), "{path}: {name} is public, so other crates can reach its table");
            assert!(types.insert(table.to_owned(), path.clone()).is_none(), "{path}: {table} has two types");
        }
    }
    let template = Template::ours().unwrap();
    let template: BTreeSet<String> = template.tables().map(|(name, _)| name).collect();
    assert_eq!(types.into_keys().collect::<BTreeSet<_>>(), template);
}

/// The types in a file that implement `Table`, under any path, with the names of their tables.
fn tables_of<'t>(path: &str, text: &'t str) -> Vec<(&'t str, &'t str)> {
    let pieces = || text.split("Table for ");
    let places = pieces().zip(pieces().skip(1));
    let places = places.filter(|(before, _)| before.trim_end_matches("dynamo::").ends_with([' ', ':']));
    let tables = places.map(|(_, after)| {
        let (name, rest) = after.split_once(" {").unwrap_or_else(|| panic!("{path}: a table without a body"));
        let literal = rest.trim_start().strip_prefix("const NAME: &'static str = \"");
        let table = literal.and_then(|rest| rest.split('"').next());
        (name, table.unwrap_or_else(|| panic!("{path}: {name} must begin with its name as a literal")))
    });
    tables.collect()
}

#[test]
fn a_table_is_found_under_any_path() {
    let body = "{\n    const NAME: &'static str = \"users\";";
    for path in ["Table", "dynamo::Table", "::dynamo::Table", "crate::table::Table"] {
        let text = format!("impl {path} for Thief {body}");
        assert_eq!(tables_of("x.rs", &text), [("Thief", "users")], "{path}");
    }
    assert!(tables_of("x.rs", &format!("impl AccountTable for Thief {body}")).is_empty());
    for hidden in ["{ const NAME: &'static str = USERS; }", "{ const NAME: &'static str = concat!(\"us\", \"ers\"); }"]
    {
        let text = format!("impl Table for Thief {hidden}");
        assert!(std::panic::catch_unwind(|| tables_of("x.rs", &text).len()).is_err(), "{hidden}");
    }
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
        // The proxy holds calls up, which is no wait of a test.
        let may_sleep = !path.starts_with("tests/") || path == "tests/support/dynamo.rs";
        assert!(may_sleep || !text.contains(&sleep), "{path} sleeps");
    }
}
