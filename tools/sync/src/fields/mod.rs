//! docs/fields.md: who may read and write which field.

mod cell;
mod schema;

use std::collections::BTreeMap;

use api::{Entry, OwnedByUser};
use catalogue::Owned;
use serde_json::Value;

use cell::Cell;

/// The columns that each table has.
const LEVELS: [&str; 4] = ["Public", "Authenticated", "Staff", "Superuser"];
/// The columns of tables with such endpoints.
const FURTHER: [&str; 2] = ["Maybe", "Service key"];

/// The fields of one path, with a cell for each column.
#[derive(Default)]
struct Section<'a> {
    entries: Vec<&'a Entry>,
    rows: BTreeMap<String, BTreeMap<&'static str, Cell>>,
}

/// docs/fields.md with the tables of the catalogue. The text before the first table is kept.
pub fn synced(text: &str, entries: &[Entry], document: &Value) -> String {
    let before = text.split("\n## ").next().unwrap_or_default().trim_end();
    let mut sections: BTreeMap<&str, Section<'_>> = BTreeMap::new();
    for entry in entries {
        sections.entry(resource(entry.route.path)).or_default().add(entry, document);
    }
    let with_fields = sections.iter().filter(|(_, section)| !section.rows.is_empty());
    let tables: String = with_fields.map(|(path, section)| section.shown(path)).collect();
    format!("{before}\n{tables}")
}

/// The path without parameters at its end: a list and its items have the same fields.
fn resource(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some((before, last)) if last.starts_with('{') => resource(before),
        _ => path,
    }
}

impl<'a> Section<'a> {
    fn add(&mut self, entry: &'a Entry, document: &Value) {
        self.entries.push(entry);
        let fields = schema::of_operation(document, entry);
        let (read, written) =
            (fields.read.iter().map(|name| (name, 'r')), fields.written.iter().map(|name| (name, 'w')));
        for (name, letter) in read.chain(written) {
            let row = self.rows.entry(name.clone()).or_default();
            for (column, limits) in callers(entry, fields.are_new) {
                row.entry(column).or_default().add(letter, limits);
            }
        }
    }

    fn shown(&self, path: &str) -> String {
        let is_used = |column: &&str| self.rows.values().any(|row| row.contains_key(column));
        let columns: Vec<&str> = LEVELS.into_iter().chain(FURTHER.into_iter().filter(is_used)).collect();
        let endpoints = self.entries.iter().map(|entry| format!("- `{}`: {}\n", entry.route, entry.access()));
        let rows = self.rows.iter().map(|(name, row)| {
            let cells = columns.iter().map(|column| row.get(column).map(Cell::to_string).unwrap_or_default());
            format!("| `{name}` | {} |\n", cells.collect::<Vec<_>>().join(" | "))
        });
        let head = format!("| field | {} |\n|---|{}\n", columns.join(" | "), "---|".repeat(columns.len()));
        [format!("\n## `{path}`\n\n"), endpoints.collect(), format!("\n{head}"), rows.collect()].concat()
    }
}

/// The columns of an endpoint's callers, each with its limits in words.
fn callers(entry: &Entry, is_new: bool) -> Vec<(&'static str, Vec<&'static str>)> {
    let level = entry.level.to_string();
    let column = LEVELS.into_iter().chain(FURTHER).find(|column| *column == level);
    let own = is_own(entry).then_some("own");
    let limits = || own.into_iter().chain(is_new.then_some("new"));
    let of_level = column.map(|column| (column, limits().chain(entry.recent.then_some("recent")).collect()));
    let of_keys = entry.scope.map(|scope| ("Service key", limits().chain([scope]).collect()));
    of_level.into_iter().chain(of_keys).collect()
}

/// Whether an endpoint reaches only the caller's own rows: its proof names a user, and its tables have rows of users.
fn is_own(entry: &Entry) -> bool {
    // A response that is kept for a repeated call belongs to its caller, and can be about anything.
    let of_users = |table: &str| table == "users" || table != "idempotency" && Owned::tables().contains(&table);
    let names_user = ["Authenticated", "Maybe"].contains(&entry.level.to_string().as_str());
    names_user && entry.uses().iter().any(|part| part.tables.iter().any(|table| of_users(table)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use catalogue::CATALOGUE;

    use super::*;

    fn entry(name: &str) -> Entry {
        *CATALOGUE.iter().find(|entry| entry.name == name).unwrap_or_else(|| panic!("{name}"))
    }

    /// The tables for some endpoints of the catalogue.
    fn tables(names: &[&str]) -> String {
        let entries: Vec<Entry> = names.iter().map(|name| entry(name)).collect();
        synced("# Fields\n\nText.\n\n## `/gone`\n\nOld.\n", &entries, &catalogue::openapi())
    }

    #[track_caller]
    fn assert_row(text: &str, row: &str) {
        assert!(text.lines().any(|line| line == row), "{row}\n{text}");
    }

    #[test]
    fn a_path_without_parameters_at_its_end_is_the_resource() {
        assert_eq!(resource("/v1/users/{user_id}"), "/v1/users");
        assert_eq!(resource("/v1/{a}/{b}"), "/v1");
        assert_eq!(resource("/v1/users/{user_id}/erase"), "/v1/users/{user_id}/erase");
    }

    #[test]
    fn the_text_before_the_tables_is_kept_and_old_tables_go() {
        let text = tables(&["health"]);
        let expected = "# Fields\n\nText.\n\n## `/v1/health`\n\n- `GET /v1/health`: Public\n\n\
            | field | Public | Authenticated | Staff | Superuser |\n|---|---|---|---|---|\n| `status` | r |  |  |  |\n";
        assert_eq!(text, expected);
        assert_eq!(synced(&text, &[entry("health")], &catalogue::openapi()), text);
        assert_eq!(tables(&["docs", "sessions_revoke_all"]), "# Fields\n\nText.\n", "no fields, no table");
    }

    #[test]
    fn cells_have_the_levels_of_all_endpoints_of_a_resource() {
        let text =
            tables(&["users_create", "users_get", "users_update", "users_me", "users_me_update", "email_verify"]);
        // Of `/v1/users`: everybody else's accounts.
        assert_row(&text, "| `password` | w (new) |  |  |  |");
        assert_row(&text, "| `username` | r w (new) |  | r | r (recent) |");
        assert_row(&text, "| `is_superuser` | r (new) |  | r | r w (recent) |");
        // Of `/v1/users/me`.
        assert_row(&text, "| `username` |  | r w (own) |  |  |");
        assert_row(&text, "| `is_superuser` |  | r (own) |  |  |");
        assert_row(&text, "| field | Public | Authenticated | Staff | Superuser | Maybe |");
        assert_row(&text, "| `token` |  |  |  |  | w (own) |");
    }
}
