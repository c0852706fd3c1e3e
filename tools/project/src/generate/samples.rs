//! Values of fields for tests, documents and demo data.

use std::ops::RangeInclusive;

use crate::generate::field::Kind;

/// Two good values, as JSON in the form of responses.
pub fn examples(kind: &Kind) -> (String, String) {
    let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
    match kind {
        Kind::Text(range) => (text("Kettle", range), text("Pan", range)),
        Kind::Decimal => pair("\"9.99\"", "\"0.50\""),
        Kind::Integer(range) => {
            let one = (*range.start()).max(3.min(*range.end()));
            let other = if one == *range.end() { *range.start() } else { one.saturating_add(1) };
            (one.to_string(), other.to_string())
        }
        Kind::Boolean => pair("false", "true"),
        Kind::Instant => pair("\"2026-11-25T09:30:00.000Z\"", "\"2026-12-24T18:00:00.000Z\""),
    }
}

/// A word, made as long as the range demands.
fn text(word: &str, range: &RangeInclusive<u32>) -> String {
    let length = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let long = word.len().max(length(*range.start())).min(length(*range.end()));
    format!("\"{}\"", word.chars().cycle().take(long).collect::<String>())
}

/// Values that the field refuses, in Rust.
pub fn wrong(kind: &Kind) -> Vec<String> {
    let values = match kind {
        Kind::Text(range) => {
            let too_short = range.start().checked_sub(1).map(|length| format!("\"x\".repeat({length})"));
            let too_short = too_short.map(|text| text.replace("\"x\".repeat(0)", "\"\""));
            let too_long = format!("\"x\".repeat({})", range.end().saturating_add(1));
            let others = [too_long, "\" \"".to_owned(), "1".to_owned()];
            return too_short.into_iter().chain(others).chain(["null".to_owned()]).map(json).collect();
        }
        Kind::Decimal => vec!["\"1.999\"", "-1", "\"x\""],
        Kind::Integer(range) => {
            let beyond =
                [range.start().saturating_sub(1), range.end().saturating_add(1)].map(|number| number.to_string());
            return beyond
                .into_iter()
                .chain(["0.5".to_owned(), "\"1\"".to_owned(), "null".to_owned()])
                .map(json)
                .collect();
        }
        Kind::Boolean => vec!["\"true\"", "1"],
        Kind::Instant => vec!["\"tomorrow\"", "\"2026-02-30T00:00:00Z\"", "0"],
    };
    values.into_iter().chain(["null"]).map(json).collect()
}

fn json(value: impl std::fmt::Display) -> String {
    format!("json!({value})")
}

/// An object of JSON in one line.
pub fn object<'a>(members: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let members: Vec<String> = members.map(|(name, value)| format!("\"{name}\": {value}")).collect();
    format!("{{ {} }}", members.join(", "))
}

/// The same as an argument of `json!`, which rustfmt leaves as it is: a long object has a line for each member.
pub fn in_rust<'a>(members: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> String {
    let line = object(members.clone());
    if line.len() < 100 {
        return line;
    }
    let lines: String = members.map(|(name, value)| format!("        \"{name}\": {value},\n")).collect();
    format!("{{\n{lines}    }}")
}
