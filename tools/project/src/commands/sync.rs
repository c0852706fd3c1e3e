use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use project::{Error, Result};
use xtask::cargo;

/// Write the files that follow from the code
///
/// These are the functions of template.yaml with the grants of docs/grants.json, the throttles of endpoints that guard a
/// credential, the methods of CORS, the routes of functions/Cargo.toml, docs/openapi.json, docs/policy.txt, the table of
/// docs/endpoints.md, the tables of docs/fields.md and the rows of docs/events.md. What people wrote beside them is kept.
#[derive(Args)]
#[command(after_help = "Examples: after a change of an endpoint, and for a new endpoint\n\n  \
    cargo project sync && git diff\n  cargo project sync --record orders_create && git diff")]
pub struct Sync {
    /// Only show what is out of date, and end with 1 if anything is
    #[arg(long, conflicts_with = "record")]
    check: bool,
    /// Run the access matrix, add the grants that this function used to docs/grants.json, and bring docs/costs.md and (if
    /// the function writes) docs/faults.md up to date
    #[arg(long, value_name = "FUNCTION")]
    record: Vec<String>,
    /// Also run this suite of tests for the record
    #[arg(long, value_name = "SUITE", requires = "record")]
    suite: Vec<String>,
}

impl Sync {
    /// Builds the API, and runs the command that knows its endpoints.
    pub fn run(&self, _: &Path) -> Result<ExitCode> {
        let mut sync = cargo("run");
        // Not quiet: the first build takes minutes, and cargo shows its progress.
        sync.args(["--package", "sync", "--"]);
        sync.args(self.check.then_some("--check"));
        sync.args(self.record.iter().flat_map(|name| ["--record", name]));
        sync.args(self.suite.iter().flat_map(|name| ["--suite", name]));
        let status = sync.status().map_err(Error::io("cargo"))?;
        Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
    }
}
