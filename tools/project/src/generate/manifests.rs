//! Edits of manifests, which stay as people wrote them.

use toml_edit::DocumentMut;

use crate::generate::edits::{Edited, inserted};

fn manifest(text: &str) -> Result<DocumentMut, String> {
    text.parse().map_err(|error: toml_edit::TomlError| error.to_string())
}

/// Whether the package depends on a crate.
pub fn has_dependency(text: &str, name: &str) -> Result<bool, String> {
    Ok(manifest(text)?.get("dependencies").is_some_and(|table| table.get(name).is_some()))
}

/// Adds a line to a table of a manifest, among the sorted lines at its start.
pub fn dependency(text: &str, table: &str, name: &str, line: &str) -> Edited {
    let header = format!("\n[{table}]\n");
    let start = text.find(&header).ok_or_else(|| format!("there is no [{table}]"))?.saturating_add(header.len());
    let lines = text.get(start..).unwrap_or_default().split_inclusive('\n');
    let smaller = |other: &&str| {
        other.split([' ', '.', '=']).next().is_some_and(|other| !other.trim().is_empty() && other < name)
    };
    let before: usize = lines.take_while(smaller).map(str::len).sum();
    let edited = inserted(text, start.saturating_add(before), &format!("{line}\n"))?;
    manifest(&edited).map(|_| edited)
}

/// Adds a member of the workspace.
pub fn member(text: &str, name: &str) -> Edited {
    let mut manifest = manifest(text)?;
    for list in ["members", "default-members"] {
        let list = manifest.get_mut("workspace").and_then(|workspace| workspace.get_mut(list));
        let list = list.and_then(|list| list.as_array_mut()).ok_or("the workspace has no lists of members")?;
        // Before the tools, as the other domains.
        let at = list.iter().position(|member| member.as_str() == Some("tools/*")).unwrap_or(list.len());
        list.insert(at, name);
    }
    Ok(manifest.to_string())
}

/// Adds a suite of tests, among the sorted ones at the start. A comment ends them.
pub fn suite(text: &str, name: &str) -> Edited {
    const START: &str = "[[test]]\nname = \"";
    let first = text.find(START).ok_or("there is no [[test]]")?;
    let comment =
        text.get(first..).and_then(|rest| rest.find("\n#")).map(|at| first.saturating_add(at).saturating_add(1));
    let end = comment.unwrap_or(text.len());
    let name_at = |at: &usize| text.get(at.saturating_add(START.len())..).and_then(|rest| rest.split('"').next());
    let mut places = text.match_indices(START).map(|(at, _)| at).take_while(|at| *at < end);
    let at = places.find(|at| name_at(at) > Some(name)).unwrap_or(end);
    let edited = inserted(text, at, &format!("{START}{name}\"\npath = \"{name}/main.rs\"\n\n"))?;
    manifest(&edited).map(|_| edited)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn manifests_stay_as_people_wrote_them() {
        let text = "[workspace]\nmembers = [\"a\", \"tools/*\"] # All.\ndefault-members = [\"a\", \"tools/*\"]\n\n\
                    [workspace.dependencies]\na = { path = \"a\" }\nz = \"1\"\n\nother = \"1\"\n";
        let edited = member(text, "orders").unwrap();
        assert_eq!(edited, text.replace("\"a\", \"tools/*\"", "\"a\", \"orders\", \"tools/*\""));
        let line = "orders = { path = \"orders\" }";
        let edited = dependency(text, "workspace.dependencies", "orders", line).unwrap();
        assert_eq!(edited, text.replace("z = \"1\"", &format!("{line}\nz = \"1\"")));
        let tests =
            "[lib]\n\n[[test]]\nname = \"api\"\npath = \"api/main.rs\"\n\n# Later.\n[[test]]\nname = \"tidy\"\n";
        for (name, next) in [("aaa", "[[test]]"), ("depot", "# Later."), ("zoo", "# Later.")] {
            let new = format!("[[test]]\nname = \"{name}\"\npath = \"{name}/main.rs\"\n\n{next}");
            assert_eq!(suite(tests, name).unwrap(), tests.replacen(next, &new, 1));
        }
    }
}
