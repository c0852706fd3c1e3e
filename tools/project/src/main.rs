//! Commands for developers: `cargo project sync`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use project::{Result, files};

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
    #[command(after_help = "Example: after a change of an endpoint\n\n  cargo project sync && git diff")]
    Sync {
        /// Only show what is out of date, and end with 1 if anything is
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let Command::Sync { check } = Options::parse().command;
    match sync(&root(), check) {
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

fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).unwrap_or(package).to_owned()
}
