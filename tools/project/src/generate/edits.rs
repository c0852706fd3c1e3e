//! Edits of files that people edit, too. Each returns the new text, or the reason why it can't be made.

use serde_json::{Map, Value};

pub type Edited = Result<String, String>;

/// Inserts `new` before the byte `at`.
pub fn inserted(text: &str, at: usize, new: &str) -> Edited {
    let (before, after) = text.split_at_checked(at).ok_or("an edit is out of the text")?;
    Ok(format!("{before}{new}{after}"))
}

/// Adds a line at the end of the block that begins with `start`, as in `domains! {`.
pub fn in_block(text: &str, start: &str, line: &str) -> Edited {
    let from = text.find(start).ok_or_else(|| format!("there is no `{start}`"))?.saturating_add(start.len());
    let end = text.get(from..).and_then(|rest| rest.find('}')).ok_or_else(|| format!("`{start}` has no end"))?;
    let inside = text.get(from..from.saturating_add(end)).unwrap_or_default();
    // `{}`, or a block of whole lines.
    if inside.trim().is_empty() {
        let before = text.get(..from).and_then(|text| text.rsplit('\n').next()).unwrap_or_default();
        let indent = before.len().saturating_sub(before.trim_start().len());
        return inserted(text, from, &format!("\n{line}\n{}", " ".repeat(indent)));
    }
    inserted(text, from.saturating_add(inside.trim_end_matches(' ').len()), &format!("{line}\n"))
}

/// Adds `mod name;` among the modules, which are sorted.
pub fn module(text: &str, name: &str) -> Edited {
    let modules = |line: &str| line.strip_prefix("pub mod ").or(line.strip_prefix("mod ")).map(str::to_owned);
    let (mut at, mut place) = (0_usize, None);
    for line in text.split_inclusive('\n') {
        if let Some(other) = modules(line.trim_end()).and_then(|rest| rest.strip_suffix(';').map(str::to_owned)) {
            if other == name {
                return Err(format!("there is a module {name}"));
            }
            if other.as_str() > name {
                break;
            }
            place = Some(at.saturating_add(line.len()));
        }
        at = at.saturating_add(line.len());
    }
    inserted(text, place.unwrap_or(at), &format!("mod {name};\n"))
}

/// Adds `pub use` before the others. rustfmt sorts them.
pub fn public_use(text: &str, line: &str) -> Edited {
    let at = text.find("\npub use ").ok_or("there is no `pub use`")?.saturating_add(1);
    inserted(text, at, &format!("{line}\n"))
}

/// Adds texts to a sorted list, as in `pub const EVENTS: &[&str] = &[`.
pub fn in_list(text: &str, start: &str, new: &[String]) -> Edited {
    let from = text.find(start).ok_or_else(|| format!("there is no `{start}`"))?.saturating_add(start.len());
    let (before, rest) = text.split_at_checked(from).ok_or("an edit is out of the text")?;
    let (list, after) = rest.split_once(']').ok_or_else(|| format!("`{start}` has no end"))?;
    let new = new.iter().map(|one| format!("\"{one}\""));
    let mut all: Vec<String> = list.split(',').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect();
    all.extend(new);
    all.sort();
    Ok(format!("{before}{}]{after}", all.join(", ")))
}

/// Replaces a text that is there once.
pub fn replaced(text: &str, old: &str, new: &str) -> Edited {
    match text.matches(old).count() {
        1 => Ok(text.replacen(old, new, 1)),
        count => Err(format!("`{}` is there {count} times, not once", old.trim())),
    }
}

/// Adds a row at the end of the table that begins with the row `head`.
pub fn rows(text: &str, head: &str, new: &str) -> Edited {
    let from = text.find(head).ok_or_else(|| format!("there is no table `{}`", head.trim()))?;
    let table = text.get(from..).unwrap_or_default();
    let length: usize = table.split_inclusive('\n').take_while(|line| line.starts_with('|')).map(str::len).sum();
    inserted(text, from.saturating_add(length), new)
}

/// Adds a table after the last one of template.yaml.
pub fn table(text: &str, new: &str) -> Edited {
    const KIND: &str = "    Type: AWS::DynamoDB::Table\n";
    let last = text.rfind(KIND).ok_or("there is no table to put the new one after")?;
    let rest = text.get(last..).unwrap_or_default();
    match rest.find("\n\n") {
        Some(end) => inserted(text, last.saturating_add(end).saturating_add(2), new),
        None => Ok(format!("{}\n\n{}", text.trim_end(), new.trim_end().to_owned() + "\n")),
    }
}

/// Adds members to an object of a line for each member.
pub fn members(text: &str, new: &str) -> Edited {
    let parsed = |text: &str| serde_json::from_str::<Map<String, Value>>(text).map_err(|error| error.to_string());
    let (there, added) = (parsed(text)?, parsed(&format!("{{{new}}}"))?);
    if added.is_empty() {
        return Ok(text.to_owned());
    }
    if let Some(twice) = added.keys().find(|name| there.contains_key(*name)) {
        return Err(format!("{twice} is there already"));
    }
    let open = text.trim_end().strip_suffix('}').map(str::trim_end).ok_or("there is no `}` at the end")?;
    let comma = if there.is_empty() { "" } else { "," };
    Ok(format!("{open}{comma}\n{}\n}}\n", new.trim_end()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn lines_go_to_the_end_of_their_block() {
        let domains = "domains! {\n    identity,\n    garden,\n}\n\nfn f() {}\n";
        let edited = in_block(domains, "domains! {", "    depot,").unwrap();
        assert_eq!(edited, "domains! {\n    identity,\n    garden,\n    depot,\n}\n\nfn f() {}\n");
        let nested = "x! {\n    pub struct Owned {\n        a: A,\n    }\n}\n";
        let edited = in_block(nested, "pub struct Owned {", "        b: B,").unwrap();
        assert_eq!(edited, "x! {\n    pub struct Owned {\n        a: A,\n        b: B,\n    }\n}\n");
        assert_eq!(
            in_block("struct Owned {}\n", "struct Owned {", "    b: B,").unwrap(),
            "struct Owned {\n    b: B,\n}\n"
        );
        let nested = "x! {\n    struct Owned {}\n}\n";
        let edited = in_block(nested, "struct Owned {", "        b: B,").unwrap();
        assert_eq!(edited, "x! {\n    struct Owned {\n        b: B,\n    }\n}\n");
        assert_eq!(in_block("", "domains! {", "x").unwrap_err(), "there is no `domains! {`");
    }

    #[test]
    fn modules_and_events_stay_sorted() {
        let text = "//! A.\n\nmod a;\npub mod demo;\nmod z;\n\nuse a::A;\n";
        assert_eq!(module(text, "orders").unwrap(), text.replace("mod z;", "mod orders;\nmod z;"));
        assert_eq!(module(text, "zz").unwrap(), text.replace("mod z;\n", "mod z;\nmod zz;\n"));
        assert_eq!(module("//! A.\n\n", "a").unwrap(), "//! A.\n\nmod a;\n");
        assert!(module(text, "demo").is_err());
        let events = in_list("E = &[\"a_b\", \"c\"];", "E = &[", &["b".to_owned()]).unwrap();
        assert_eq!(events, "E = &[\"a_b\", \"b\", \"c\"];");
        assert_eq!(in_list("E = &[];", "E = &[", &["b".to_owned()]).unwrap(), "E = &[\"b\"];");
    }

    #[test]
    fn rows_and_tables_follow_the_last() {
        let text = "| a |\n|---|\n| 1 |\n\nEnd.\n";
        assert_eq!(rows(text, "| a |\n", "| 2 |\n").unwrap(), "| a |\n|---|\n| 1 |\n| 2 |\n\nEnd.\n");
        let one = "  ATable:\n    Type: AWS::DynamoDB::Table\n    X: 1\n";
        let new = "  BTable:\n    Type: AWS::DynamoDB::Table\n\n";
        assert_eq!(table(&format!("{one}\nOutputs:\n"), new).unwrap(), format!("{one}\n{new}Outputs:\n"));
        assert_eq!(table(one, new).unwrap(), format!("{one}\n{}\n", new.trim_end()));
    }

    #[test]
    fn members_of_an_object_are_added_once() {
        assert_eq!(members("{\n}\n", "  \"a\": {}\n").unwrap(), "{\n  \"a\": {}\n}\n");
        assert_eq!(members("{\n  \"a\": {}\n}\n", "  \"b\": {}").unwrap(), "{\n  \"a\": {},\n  \"b\": {}\n}\n");
        assert_eq!(members("{ }", "").unwrap(), "{ }");
        assert_eq!(members("{ \"a\": {} }", "\"a\": {}").unwrap_err(), "a is there already");
    }
}
