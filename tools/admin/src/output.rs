use std::io::{ErrorKind, Write};

use comfy_table::{Table, presets};
use serde::Serialize;

use crate::error::{Error, Result};

/// Prints results.
pub struct Output {
    /// Whether to print JSON.
    pub json: bool,
}

impl Output {
    /// Prints a list, as JSON or as a table with these columns.
    pub fn list<T: Serialize>(&self, items: &[T], columns: &[&str], row: impl Fn(&T) -> Vec<String>) -> Result<()> {
        if self.json {
            return print_json(&items);
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header(columns.iter().copied());
        table.add_rows(items.iter().map(row));
        print(&table.trim_fmt())
    }

    /// Prints one result, as JSON or as a sentence.
    pub fn one(&self, result: &impl Serialize, sentence: &str) -> Result<()> {
        if self.json {
            return print_json(result);
        }
        print(sentence)
    }
}

fn print_json(value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Error::Refused(error.to_string()))?;
    print(&text)
}

/// A reader that closed the pipe, such as `head`, has all that it wanted.
fn print(text: &str) -> Result<()> {
    match writeln!(std::io::stdout(), "{text}") {
        Err(source) if source.kind() != ErrorKind::BrokenPipe => Err(Error::Io { what: "output".to_owned(), source }),
        _ => Ok(()),
    }
}
