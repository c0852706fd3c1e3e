use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};

use crate::error::{Error, Result};

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

/// Formats Rust as `cargo fmt` does, with the settings of the repository.
///
/// # Errors
/// When rustfmt is missing, or refuses the text.
pub fn formatted(root: &Path, path: &str, text: &str) -> Result<String> {
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.args(["--edition", "2024", "--quiet"]).current_dir(root);
    rustfmt.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let missing = |error| Error::Refused(format!("rustfmt: {error}; install it: rustup component add rustfmt"));
    let mut child = rustfmt.spawn().map_err(missing)?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(text.as_bytes()).map_err(Error::io("rustfmt"))?;
    }
    let output = child.wait_with_output().map_err(Error::io("rustfmt"))?;
    if !output.status.success() {
        return Err(Error::form(path, String::from_utf8_lossy(&output.stderr).trim()));
    }
    let text = String::from_utf8(output.stdout).map_err(|error| Error::form(path, error))?;
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
