use std::collections::BTreeSet;

use api::Code;

/// In the place of what people must write. A test of `tests/tidy` refuses it in documents.
const TO_WRITE: &str = "(to be written)";
const REFUSALS: &str = "| event | reason | status | code | metrics |\n|---|---|---|---|---|\n";
const INPUTS: &str = "| reason | status | what is wrong |\n|---|---|---|\n";
const EVENTS: &str = "| event | members | meaning |\n|---|---|---|\n";

/// docs/events.md with a row for each of these events and codes, and without rows of others. What people wrote about the
/// others is kept.
pub fn synced(text: &str, codes: &[&[Code]], events: &[&[&str]]) -> Result<String, String> {
    let all_codes: Vec<Code> = codes.iter().copied().flatten().copied().collect();
    let names: BTreeSet<&str> = events.iter().copied().flatten().copied().collect();
    let is_code = |name: &str| all_codes.iter().any(|code| code.as_str() == name);
    let (mut refused, mut refused_codes) = (BTreeSet::new(), BTreeSet::new());
    let text = with_rows(text, REFUSALS, |rows| {
        let rows: Vec<String> =
            rows.into_iter().filter(|row| names.contains(name(row, 1)) && is_code(name(row, 4))).collect();
        refused.extend(rows.iter().map(|row| name(row, 1).to_owned()));
        refused_codes.extend(rows.iter().map(|row| name(row, 4).to_owned()));
        rows
    })?;
    let text = with_rows(&text, INPUTS, |rows| {
        let rows: Vec<String> = rows.into_iter().filter(|row| is_code(name(row, 1))).collect();
        // A code of the first table can be in the second one too, but need not be.
        all_codes.iter().filter(|code| !refused_codes.contains(code.as_str())).fold(rows, with_code)
    })?;
    with_rows(&text, EVENTS, |rows| {
        let rows: Vec<String> =
            rows.into_iter().filter(|row| names.contains(name(row, 1)) && !refused.contains(name(row, 1))).collect();
        events.iter().fold(rows, |rows, group| with_events(rows, group, &refused))
    })
}

/// The text with other rows in the table with this head.
fn with_rows(text: &str, head: &str, change: impl FnOnce(Vec<String>) -> Vec<String>) -> Result<String, String> {
    let (before, rest) = text.split_once(head).ok_or_else(|| format!("a table is missing. It begins with\n{head}"))?;
    let rows: Vec<String> =
        rest.split_inclusive('\n').take_while(|line| line.starts_with('|')).map(str::to_owned).collect();
    let after = rest.get(rows.concat().len()..).unwrap_or_default();
    Ok([before, head, &change(rows).concat(), after].concat())
}

/// The name in a column of a row, counted from 1.
fn name(row: &str, column: usize) -> &str {
    row.split('|').nth(column).unwrap_or_default().trim().trim_matches('`')
}

/// Rows are in the order of their status.
fn with_code(mut rows: Vec<String>, code: &Code) -> Vec<String> {
    if rows.iter().all(|row| name(row, 1) != code.as_str()) {
        let status = code.status().as_u16();
        let is_before = |row: &String| name(row, 2).parse::<u16>().is_ok_and(|other| other <= status);
        let place = rows.iter().rposition(is_before).map_or(0, |last| last + 1);
        rows.insert(place, format!("| `{}` | {status} | {} |\n", code.as_str(), meaning(code)));
    }
    rows
}

/// The sentence of the code, as a part of a sentence.
fn meaning(code: &Code) -> String {
    let sentence = code.sentence().trim_end_matches('.').replace('|', "\\|");
    let mut letters = sentence.chars();
    letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect()
}

/// New rows follow the last event of the same domain.
fn with_events(mut rows: Vec<String>, group: &[&str], refused: &BTreeSet<String>) -> Vec<String> {
    for event in group.iter().filter(|event| !refused.contains(**event)) {
        if rows.iter().any(|row| name(row, 1) == *event) {
            continue;
        }
        let place = rows.iter().rposition(|row| group.contains(&name(row, 1))).map_or(rows.len(), |last| last + 1);
        rows.insert(place, format!("| `{event}` | {TO_WRITE} | {TO_WRITE} |\n"));
    }
    rows
}
