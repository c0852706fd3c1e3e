use std::path::Path;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};

use crate::error::{Error, Result};
use crate::rustfmt;

/// The templates, by the file in `templates`.
macro_rules! templates {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("templates/", $name, ".jinja")))),+]
    };
}

pub const TEMPLATES: &[(&str, &str)] = templates![
    "authority.rs",
    "authority_head.rs",
    "calls.json",
    "create.rs",
    "delete.rs",
    "demo.rs",
    "domain.toml",
    "domain_lib.rs",
    "domain_module.rs",
    "domain_parts.rs",
    "domain_suite.rs",
    "endpoint.rs",
    "endpoint_test.rs",
    "events.md",
    "get.rs",
    "list.rs",
    "table.yaml",
    "tests.rs",
    "update.rs",
];

/// The text of a template.
///
/// # Errors
/// When the template needs a value that `values` lacks.
pub fn render(name: &str, values: &Value) -> Result<String> {
    let failed = |error: minijinja::Error| Error::form(format!("templates/{name}.jinja"), error);
    let template = TEMPLATES.iter().find(|(known, _)| *known == name).map(|(_, template)| *template);
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    environment.set_syntax(syntax.map_err(failed)?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.render_str(template.unwrap_or_default(), values).map_err(failed)
}

/// Formats Rust as `cargo fmt` does, and breaks long comments.
///
/// # Errors
/// When rustfmt is missing, or refuses the text.
pub fn formatted(root: &Path, path: &str, text: &str) -> Result<String> {
    let text = rustfmt::formatted(root, path, text)?;
    Ok(text.lines().map(|line| wrapped(line) + "\n").collect())
}

/// Breaks comments that are longer than a line, which rustfmt leaves as they are.
fn wrapped(line: &str) -> String {
    let (indent, comment) = line.split_at(line.len().saturating_sub(line.trim_start().len()));
    let mark = comment.split(' ').next().unwrap_or_default();
    let is_comment = ["//", "///", "//!"].contains(&mark);
    let most = line.char_indices().map(|(at, _)| at).nth(120).filter(|_| is_comment);
    let at =
        most.and_then(|most| line.get(..most)?.rfind(' ')).filter(|at| *at > indent.len().saturating_add(mark.len()));
    match at.and_then(|at| line.split_at_checked(at)) {
        Some((line, more)) => format!("{line}\n{}", wrapped(&format!("{indent}{mark}{more}"))),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_comments_are_wrapped() {
        let words = "word ".repeat(30);
        for mark in ["//!", "///", "    ///", "//"] {
            let long = format!("{mark} {}", words.trim());
            let lines: Vec<String> = wrapped(&long).lines().map(str::to_owned).collect();
            assert!(lines.len() == 2 && lines.iter().all(|line| line.len() <= 120), "{lines:?}");
            assert!(lines.iter().all(|line| line.starts_with(&format!("{mark} word"))), "{lines:?}");
        }
        let code = format!("let text = \"{words}\";");
        assert_eq!((wrapped(&code), wrapped("// short")), (code, "// short".to_owned()));
    }
}
