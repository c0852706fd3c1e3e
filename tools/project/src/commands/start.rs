use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use project::{Result, start};

/// Make a fresh clone your own project
///
/// Gives it your name everywhere: packages, stacks, the namespace of metrics, titles. Starts the changelog, and removes
/// what the README says about starting. Works again later, for another name.
#[derive(Args)]
#[command(after_help = "Example: an API of your own, reviewed before it is committed\n\n  \
    cargo project start blue-river && git diff --stat")]
pub struct Start {
    /// Your name for it: at most 20 lower-case letters, digits and single hyphens
    name: String,
    /// Start although changes are not committed
    #[arg(long)]
    allow_dirty: bool,
}

impl Start {
    /// Changes the repository, and says what comes next.
    pub fn run(&self, root: &Path) -> Result<ExitCode> {
        let options = start::Start { name: &self.name, allow_dirty: self.allow_dirty };
        let started = start::start(root, &options, |step| eprintln!("{step} ..."))?;
        println!("{} is started: {} files are changed. `git diff` shows how.", started.title, started.files);
        println!("\nNext, run it, make your first resource, and test it:\n");
        println!("    cargo run -p local");
        println!("    cargo project new-resource orders --owner user --field title:text:1..200");
        println!("    cargo project sync && cargo xtask test");
        Ok(ExitCode::SUCCESS)
    }
}
