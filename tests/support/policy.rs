use std::collections::BTreeSet;

use functions::CATALOGUE;
use local::{Grant, Template};

/// The text of docs/policy.txt: who may call what how often, and what each function is granted.
pub fn policy(grants: impl Fn(&str) -> BTreeSet<Grant>) -> String {
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
            format!("{} {}/{}s{closed}", limit.by.as_str(), limit.burst, limit.window)
        });
        let limits = limits.collect::<Vec<_>>().join(", ");
        let limits = if limits.is_empty() { "no limit" } else { &limits };
        write(&format!("{}  {}  {limits}", entry.route, entry.level), entry.name);
    }
    for worker in Template::ours().unwrap().workers().unwrap() {
        write(&format!("{}  no route", worker.binary), &worker.binary);
    }
    lines
}
