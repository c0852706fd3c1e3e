//! docs/faults.md.

use std::collections::BTreeMap;

use catalogue::CATALOGUE;
use tests::repository::root;

use crate::variant::Variant;

/// What a case showed.
pub struct Case {
    pub endpoint: &'static str,
    pub write: String,
    pub variant: Variant,
    pub status: u16,
    pub changed: bool,
    pub repeat: String,
    pub faults: Vec<String>,
}

/// What a client of an endpoint sees while one write fails for good.
pub struct Row {
    endpoint: &'static str,
    write: String,
    sees: String,
    repeat: String,
}

impl Row {
    /// The rows of all writes, in the order of the cases.
    pub fn of(cases: &[Case]) -> Vec<Self> {
        let mut rows: Vec<Self> = Vec::new();
        let mut seen: BTreeMap<(&str, &str), Vec<&Case>> = BTreeMap::new();
        for case in cases.iter().filter(|case| !case.variant.passes() && case.variant != Variant::NextFails) {
            seen.entry((case.endpoint, &case.write)).or_default().push(case);
        }
        for case in cases {
            if rows.iter().any(|row| row.endpoint == case.endpoint && row.write == case.write) {
                continue;
            }
            let Some(cases) = seen.get(&(case.endpoint, case.write.as_str())) else { continue };
            let list = |text: fn(&Case) -> String| {
                let mut all: Vec<String> = cases.iter().map(|case| text(case)).collect();
                all.sort();
                all.dedup();
                all.join(" or ")
            };
            rows.push(Self {
                endpoint: case.endpoint,
                write: case.write.clone(),
                sees: list(|case| case.status.to_string()),
                repeat: list(|case| case.repeat.clone()),
            });
        }
        rows
    }

    fn line(&self) -> String {
        format!("| `{}` | {} | {} | {} |\n", self.endpoint, self.write, self.sees, self.repeat)
    }
}

/// The endpoints whose rows are written: those that `UPDATE_FAULTS` names, or with `UPDATE_FAULTS=1` all, an empty list.
pub fn only() -> Vec<String> {
    let names = std::env::var("UPDATE_FAULTS").unwrap_or_default();
    let names: Vec<String> = names.split(',').filter(|name| !["", "1"].contains(name)).map(str::to_owned).collect();
    let unknown = names.iter().find(|name| CATALOGUE.iter().all(|entry| entry.name != **name));
    assert_eq!(unknown, None, "there is no such endpoint");
    names
}

/// The documented lines of other endpoints than these, and the new lines, in the order of the catalogue.
fn merged(documented: &str, only: &[String], table: &str) -> String {
    // A second good call of an endpoint has the endpoint's name, a comma, and more.
    let function = |line: &str| line.split(['`', ',']).nth(1).unwrap_or_default().to_owned();
    let kept = documented.lines().filter(|line| !only.contains(&function(line)));
    let mut lines: Vec<&str> = kept.chain(table.lines()).collect();
    lines.sort_by_key(|line| CATALOGUE.iter().position(|entry| entry.name == function(line)));
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}

/// Compares the table of docs/faults.md.
pub fn assert_documented(rows: &[Row]) {
    const START: &str = "|---|---|---|---|\n";
    let table: String = rows.iter().map(Row::line).collect();
    let file = root().join("docs/faults.md");
    let text = std::fs::read_to_string(&file).unwrap();
    let (head, rest) = text.split_once(START).unwrap();
    let (documented, tail) = rest.split_once("\n\n").unwrap();
    if std::env::var_os("UPDATE_FAULTS").is_some() {
        let only = only();
        let table = if only.is_empty() { table } else { merged(documented, &only, &table) };
        return std::fs::write(&file, format!("{head}{START}{table}\n{tail}")).unwrap();
    }
    assert_eq!(
        format!("{documented}\n"),
        table,
        "docs/faults.md: review and rewrite it with UPDATE_FAULTS=1 cargo test --test faults"
    );
}
