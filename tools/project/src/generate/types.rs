use std::path::Path;

use crate::error::{Error, Result};
use crate::generate::name::Name;
use crate::generate::repository::rust_files;

/// A type, and the crate that has it.
#[derive(Debug)]
pub struct Found {
    pub krate: String,
    pub name: String,
}

/// The crates with types for endpoints: the folder of the sources, and the name.
pub fn crates(domains: &[String]) -> Vec<(String, String)> {
    let ours = domains.iter().map(|domain| (format!("{domain}/src"), domain.clone()));
    let shared = [("shared/identity/src", "identity"), ("shared/api/src", "auth")];
    ours.chain(shared.map(|(folder, name)| (folder.to_owned(), name.to_owned()))).collect()
}

/// The first answer of `find` for a source of these crates.
fn search(root: &Path, crates: &[(String, String)], find: impl Fn(&str) -> Option<String>) -> Result<Option<Found>> {
    for (folder, krate) in crates {
        for (_, text) in rust_files(root, folder)? {
            if let Some(name) = find(&text) {
                return Ok(Some(Found { krate: krate.clone(), name }));
            }
        }
    }
    Ok(None)
}

/// The type that reads this parameter: `impl FromPath for OrderId`, with its `NAME`.
fn type_of(text: &str, parameter: &str) -> Option<String> {
    text.split("FromPath for ").skip(1).find_map(|rest| {
        let (name, body) = rest.split_once(" {")?;
        let is_it = body.split("fn ").next()?.contains(&format!("= \"{parameter}\";"));
        is_it.then(|| name.rsplit("::").next().unwrap_or(name).to_owned())
    })
}

/// The part of a table, which `table_part!` declares.
fn part_of(text: &str, part: &str) -> Option<String> {
    let lines =
        text.split("table_part! {").skip(1).flat_map(|rest| rest.split("\n}").next().unwrap_or_default().lines());
    let mut parts = lines.filter_map(|line| line.trim().split_once(": ").map(|(name, _)| name));
    parts.any(|known| known == part).then(|| part.to_owned())
}

pub fn find_type(root: &Path, crates: &[(String, String)], parameter: &str) -> Result<Found> {
    let found = search(root, crates, |text| type_of(text, parameter))?;
    found.ok_or_else(|| {
        Error::Refused(format!(
            "no type reads {{{parameter}}}: a domain needs an id with `impl FromPath` whose NAME is \"{parameter}\""
        ))
    })
}

pub fn find_part(root: &Path, crates: &[(String, String)], table: &str) -> Result<Found> {
    let part = Name::parse("table", table)?.pascal();
    let found = search(root, crates, |text| part_of(text, &part))?;
    found.ok_or_else(|| Error::Refused(format!("no domain has the part `{part}` of a table {table}, by `table_part!`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_parts_are_found_in_sources() {
        let source = "api::table_part! {\n    Orders: OrdersTable::NAME;\n    #[WORKERS_ONLY]\n    All: A::NAME;\n}\n\n\
                      impl FromPath for auth::UserId {\n    const NAME: &'static str = \"user_id\";\n\n    fn x() {}\n}\n\n\
                      impl FromPath for OrderId {\n    const NAME: &'static str = \"order_id\";\n\n    fn x() {}\n}\n";
        assert_eq!(type_of(source, "order_id").as_deref(), Some("OrderId"));
        assert_eq!(type_of(source, "user_id").as_deref(), Some("UserId"));
        assert_eq!(type_of(source, "id"), None);
        assert_eq!(part_of(source, "Orders").as_deref(), Some("Orders"));
        assert_eq!(part_of(source, "Users"), None);
    }
}
