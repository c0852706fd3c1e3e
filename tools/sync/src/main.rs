//! Runs `cargo project sync`.

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use project::{Changes, Result};
use sync::{Grants, files, left_to_do, measured, recorded};
use xtask::root;

/// Write the files that follow from the code: `cargo project sync --help` has the options
#[derive(Parser)]
struct Options {
    #[arg(long)]
    check: bool,
    #[arg(long)]
    record: Vec<String>,
    #[arg(long)]
    suite: Vec<String>,
}

fn main() -> ExitCode {
    let Options { check, record, suite } = Options::parse();
    let root = root();
    let done = if record.is_empty() { sync(&root, check) } else { with_record(&root, &record, &suite).map(|()| true) };
    let done = done.and_then(|done| {
        left_to_do(&root)?.iter().for_each(|task| eprintln!("{task}"));
        Ok(done)
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            if !record.is_empty() {
                eprintln!("All files are as they were before.");
            }
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

/// Writes what is out of date, and what the tests of these functions record. When a test fails, all files are as before.
fn with_record(root: &Path, functions: &[String], suites: &[String]) -> Result<()> {
    let mut kept = Changes::new(root);
    for file in files(root)? {
        kept.keep(&file.path)?;
    }
    for path in [Grants::FILE, "docs/costs.md", "docs/faults.md"] {
        kept.keep(path)?;
    }
    kept.apply_and(|| sync(root, false).and_then(|_| add_record(root, functions, suites))).map(drop)
}

/// Adds what functions used in tests to the reviewed grants, and so to template.yaml, and to the documents that tests
/// write.
fn add_record(root: &Path, functions: &[String], suites: &[String]) -> Result<()> {
    let grants = recorded(root, functions, suites)?;
    let file = grants.file()?;
    if file.diff(root)?.is_some() {
        file.write(root)?;
        println!("wrote {}", file.path);
    }
    sync(root, false)?;
    measured(&grants, functions)
}
