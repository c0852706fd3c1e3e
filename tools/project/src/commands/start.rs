use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use project::{Error, Result, start};
use xtask::cargo;

/// Make a fresh clone your own project
///
/// Gives it your name everywhere: packages, stacks, the namespace of metrics, titles. Starts the changelog, and removes
/// what only concerns the original. Works again later, for another name.
#[derive(Args)]
#[command(after_help = "Example: an API of your own, reviewed before it is committed\n\n  \
    cargo project start blue-river --without-shop && git diff --stat")]
pub struct Start {
    /// Your name for it: at most 20 lower-case letters, digits and single hyphens
    name: String,
    /// Remove the example domain, its endpoints and tests. Builds the API, to write the files that follow from the code
    #[arg(long)]
    without_shop: bool,
    /// Start although changes are not committed
    #[arg(long)]
    allow_dirty: bool,
}

impl Start {
    /// Changes the repository, and says what comes next.
    pub fn run(&self, root: &Path) -> Result<ExitCode> {
        let Self { name, without_shop, allow_dirty } = self;
        let options = start::Start { name, without_shop: *without_shop, allow_dirty: *allow_dirty };
        let progress = |step: &str| eprintln!("{step} ...");
        if !allow_dirty {
            eprintln!(
                "After an error, no file is changed. If you interrupt this: git reset --hard && git clean --force -d"
            );
        }
        let started = start::start(root, &options, progress, || if *without_shop { sync() } else { Ok(()) })?;
        println!("{} is started: {} files are changed. `git diff` shows how.\n", started.title, started.files);
        println!("Next, commit it, make your first resource, run it, and test it (docs/your-own-api.md):\n");
        println!("    cargo project new-resource orders --owner user --field title:text:1..200");
        println!("    cargo run -p local");
        println!("    cargo xtask test");
        if *without_shop {
            println!(
                "\nWithout the example, the erasure of an account costs less. Before the tests, unless a resource"
            );
            println!("was recorded: UPDATE_COSTS=1 cargo test --test access costs");
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Writes the files that follow from the code. Shows how cargo builds it.
fn sync() -> Result<()> {
    eprintln!("Building the API, to write the files that follow from its code ...");
    let status = cargo("run").args(["--package", "sync"]).status().map_err(Error::io("cargo"))?;
    if status.success() { Ok(()) } else { Err(Error::Refused("The API without its example does not build".to_owned())) }
}
