use std::collections::BTreeSet;

use catalogue::CATALOGUE;
use local::{Grant, Template};

use crate::repository;

/// Asserts that the reviewed file docs/policy.txt is up to date. `UPDATE_POLICY=1` rewrites the file.
pub fn assert_policy(grants: impl Fn(&str) -> BTreeSet<Grant>) {
    let policy = policy(grants);
    let file = repository::root().join("docs/policy.txt");
    if std::env::var_os("UPDATE_POLICY").is_some() {
        std::fs::write(&file, &policy).unwrap();
    }
    let reviewed = std::fs::read_to_string(&file).unwrap_or_default();
    let hint = "docs/policy.txt is out of date: review and rewrite it with UPDATE_POLICY=1 cargo test --test tidy";
    for (number, (reviewed, policy)) in reviewed.lines().zip(policy.lines()).enumerate() {
        assert_eq!(reviewed, policy, "line {}: {hint}", number + 1);
    }
    assert_eq!(reviewed.lines().count(), policy.lines().count(), "{hint}");
}

/// The text of docs/policy.txt: the level and limits of each endpoint, and the grants of each function.
fn policy(grants: impl Fn(&str) -> BTreeSet<Grant>) -> String {
    let mut lines = String::new();
    let mut write = |head: &str, name: &str| {
        lines += &format!("{head}\n");
        for Grant { action, resource } in grants(name) {
            lines += &format!("    {action}  {resource}\n");
        }
    };
    for entry in CATALOGUE {
        let limits = entry.limits.iter().map(|limit| {
            let closed = if limit.fails_closed { " closed" } else { "" };
            let shared = limit.shared.map_or_else(String::new, |route| format!(" shared with {route}"));
            format!("{} {}/{}s{closed}{shared}", limit.by.as_str(), limit.burst, limit.window)
        });
        let limits = limits.collect::<Vec<_>>().join(", ");
        let limits = if limits.is_empty() { "no limit" } else { &limits };
        let head = entry.head().map_or("", |_| ", and HEAD");
        write(&format!("{}{head}  {}  {limits}", entry.route, entry.level), entry.name);
    }
    for worker in Template::ours().unwrap().workers().unwrap() {
        write(&format!("{}  no route", worker.binary), &worker.binary);
    }
    lines
}
