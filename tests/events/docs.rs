//! The tables of docs/events.md.

use std::collections::BTreeSet;

use serde_json::Value;

const TEXT: &str = include_str!("../../docs/events.md");

/// A row of "Refusals and failures".
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refused {
    pub event: String,
    pub reason: String,
    pub status: u16,
    pub code: String,
    pub metrics: Vec<String>,
}

/// A row of "Input errors".
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wrong {
    pub reason: String,
    pub status: u16,
}

/// The rows of the table with these columns.
fn rows(columns: &str) -> Vec<Vec<String>> {
    let tables: Vec<&str> = TEXT.split(&format!("\n| {columns} |\n|---")).collect();
    let [_, table] = tables[..] else { panic!("docs/events.md has no table, or several, with the columns {columns}") };
    let lines = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    let rows: Vec<Vec<String>> = lines.map(cells).collect();
    let width = columns.split('|').count();
    assert!(!rows.is_empty() && rows.iter().all(|row| row.len() == width), "{columns}: {rows:#?}");
    let firsts: BTreeSet<&Vec<String>> = rows.iter().collect();
    assert_eq!(firsts.len(), rows.len(), "the table {columns} has a row twice");
    rows
}

fn cells(line: &str) -> Vec<String> {
    let inside = line.strip_prefix('|').and_then(|line| line.strip_suffix('|')).unwrap_or_else(|| panic!("{line}"));
    inside.split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// The name in a cell with one name.
fn name(cell: &str) -> String {
    let name = cell.strip_prefix('`').and_then(|cell| cell.strip_suffix('`'));
    name.filter(|name| !name.contains('`')).unwrap_or_else(|| panic!("{cell} is not a `name`")).to_owned()
}

/// The names in a cell with any number of names.
fn names(cell: &str) -> Vec<String> {
    cell.split(", ").filter(|part| !part.is_empty()).map(name).collect()
}

pub fn refusals() -> Vec<Refused> {
    let read = |row: Vec<String>| Refused {
        event: name(&row[0]),
        reason: name(&row[1]),
        status: row[2].parse().unwrap(),
        code: name(&row[3]),
        metrics: names(&row[4]),
    };
    rows("event | reason | status | code | metrics").into_iter().map(read).collect()
}

pub fn input_errors() -> Vec<Wrong> {
    let read = |row: Vec<String>| Wrong { reason: name(&row[0]), status: row[1].parse().unwrap() };
    rows("reason | status | what is wrong").into_iter().map(read).collect()
}

/// All other events with their members. `true`: every line has the member.
pub fn other_events() -> Vec<(String, Vec<(String, bool)>)> {
    let member = |name: String| match name.strip_suffix('?') {
        Some(name) => (name.to_owned(), false),
        None => (name, true),
    };
    let read = |row: Vec<String>| (name(&row[0]), names(&row[1]).into_iter().map(member).collect());
    rows("event | members | meaning").into_iter().map(read).collect()
}

/// The name, unit and dimension of every metric.
pub fn metrics() -> Vec<(String, String, Option<String>)> {
    let read = |row: Vec<String>| (name(&row[0]), row[1].clone(), names(&row[2]).pop());
    rows("metric | unit | dimension | what counts").into_iter().map(read).collect()
}

/// The example lines.
pub fn examples() -> Vec<Value> {
    let blocks = TEXT.split("```json\n").skip(1).map(|text| text.split("```").next().unwrap());
    blocks.map(|block| serde_json::from_str(block).unwrap()).collect()
}
