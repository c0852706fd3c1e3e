//! Commands for developers: `cargo project sync`.

use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use project::{Result, files, recorded};
use xtask::root;

/// Commands for developers of this project
#[derive(Parser)]
#[command(name = "cargo project", version)]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write the files that follow from the code
    ///
    /// These are the functions of template.yaml with the grants of docs/grants.json, the routes of functions/Cargo.toml,
    /// docs/openapi.json, docs/policy.txt and the table of docs/endpoints.md. What people wrote beside them is kept.
    #[command(after_help = "Examples: after a change of an endpoint, and for a new endpoint\n\n  \
        cargo project sync && git diff\n  cargo project sync --record orders_create && git diff")]
    Sync {
        /// Only show what is out of date, and end with 1 if anything is
        #[arg(long, conflicts_with = "record")]
        check: bool,
        /// Run the access matrix, and add the grants that this function used to docs/grants.json
        #[arg(long, value_name = "FUNCTION")]
        record: Vec<String>,
        /// Also run this suite of tests for the record
        #[arg(long, value_name = "SUITE", requires = "record")]
        suite: Vec<String>,
    },
}

fn main() -> ExitCode {
    let Command::Sync { check, record, suite } = Options::parse().command;
    let root = root();
    match sync(&root, check).and_then(|done| add_record(&root, &record, &suite).map(|()| done)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Writes what is out of date, or shows it. Returns whether all files are up to date now. Writes nothing if any file
/// can't be made.
fn sync(root: &Path, check: bool) -> Result<bool> {
    let mut stale = Vec::new();
    for file in files(root)? {
        stale.extend(file.diff(root)?.map(|diff| (file, diff)));
    }
    for (file, diff) in &stale {
        if check {
            print!("{diff}");
        } else {
            file.write(root)?;
            println!("wrote {}", file.path);
        }
    }
    if check && !stale.is_empty() {
        eprintln!("Out of date. This writes it: cargo project sync");
        return Ok(false);
    }
    Ok(true)
}

/// Adds what functions used in tests to the reviewed grants, and so to template.yaml.
fn add_record(root: &Path, functions: &[String], suites: &[String]) -> Result<()> {
    if functions.is_empty() {
        return Ok(());
    }
    let file = recorded(root, functions, suites)?.file()?;
    if file.diff(root)?.is_some() {
        file.write(root)?;
        println!("wrote {}", file.path);
    }
    sync(root, false).map(|_| ())
}
