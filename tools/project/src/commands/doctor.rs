use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use project::Result;
use project::doctor::{Purpose, System, examine};

/// How long a program may take to show its version.
const PATIENCE: Duration = Duration::from_secs(10);

/// Show which programs and settings are missing on this machine
///
/// Each missing thing has the command that mends it. AWS is not called. Ends with 1 if anything is missing.
#[derive(Args)]
#[command(after_help = "Examples: everything, and only what `sam build` needs\n\n  \
    cargo project doctor\n  cargo project doctor build")]
pub struct Doctor {
    /// What you want to do: run or test the API, run all checks of CI, `sam build`, or deploy; default: all
    #[arg(value_enum)]
    purposes: Vec<Purpose>,
}

impl Doctor {
    pub fn run(&self, root: &Path) -> Result<ExitCode> {
        let purposes = if self.purposes.is_empty() { &ALL[..] } else { &self.purposes };
        let machine = System::new(root, PATIENCE);
        let complete = examine(root, purposes, &machine, |finding| println!("{finding}"))?;
        Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

const ALL: [Purpose; 5] = [Purpose::Run, Purpose::Test, Purpose::Ci, Purpose::Build, Purpose::Deploy];
