//! Runs `cargo project sync`.

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use project::Result;
use sync::{files, left_to_do, measured, recorded};
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
    let done = sync(&root, check).and_then(|done| {
        add_record(&root, &record, &suite)?;
        left_to_do(&root)?.iter().for_each(|task| eprintln!("{task}"));
        Ok(done)
    });
    match done {
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

/// Adds what functions used in tests to the reviewed grants, and so to template.yaml, and to the documents that tests
/// write.
fn add_record(root: &Path, functions: &[String], suites: &[String]) -> Result<()> {
    if functions.is_empty() {
        return Ok(());
    }
    let grants = recorded(root, functions, suites)?;
    let file = grants.file()?;
    if file.diff(root)?.is_some() {
        file.write(root)?;
        println!("wrote {}", file.path);
    }
    sync(root, false)?;
    measured(&grants, functions)
}
