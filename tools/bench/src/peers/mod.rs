//! Three endpoints beside the same in Python and in Node, on the same tables.
//!
//! The peers are in `tools/bench/peers`: each is what a team of its language would write, with the same checks, the same
//! reads and the same password hash. They are kinder to themselves than a deployment: their loop of the runtime is
//! shorter than Lambda's, their bytecode is compiled before, and they log nothing.

mod calls;
mod checks;
mod hashes;
mod measured;
mod node;
mod package;
mod price;
mod probe;
mod program;
mod python;
mod sign_ins;
mod stack;
mod table;

use api::Entry;
use catalogue::CATALOGUE;
use measured::Subject;
use stack::Builds;
use table::Comparisons;

use crate::fixture::Fixture;
use crate::memory;
use crate::report::{Report, Reporting};

/// A public read, a call with a token, a sign-in. A project without one of them compares the others.
const ENDPOINTS: [&str; 3] = ["products_get", "users_me", stack::HASHES];

#[derive(clap::Args)]
pub struct Options {
    /// Warm calls of each endpoint in each language
    #[arg(long, default_value_t = 300)]
    runs: usize,
    /// Starts of each endpoint in each language
    #[arg(long, default_value_t = 25)]
    starts: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(options: &Options) -> Result<bool, String> {
    let endpoints: Vec<&'static Entry> = CATALOGUE.iter().filter(|entry| ENDPOINTS.contains(&entry.name)).collect();
    let builds = Builds::new(&endpoints.iter().map(|entry| entry.name).collect::<Vec<_>>())?;
    let fixture = Fixture::new().await?;
    for entry in &endpoints {
        eprintln!("checking that all answer {} alike", entry.name);
        checks::check(&builds, entry, &fixture).await?;
    }
    let (mut report, mut comparisons) = (Report::sampled(&[], options.runs), Comparisons::default());
    for entry in endpoints {
        eprintln!("{}: {} starts, {} warm calls", entry.name, options.starts, options.runs);
        let subject = Subject { entry, builds: &builds, fixture: &fixture };
        let measured = subject.measure(options.starts, options.runs).await?;
        let megabytes = memory::deployed(entry.name)?;
        report.note(format!("{}: {megabytes} MB, as in template.yaml, for all three.", entry.name));
        comparisons.enter(entry.name, &measured, megabytes, &mut report);
    }
    comparisons.conclude(&mut report);
    notes(&builds, options.starts, &mut report);
    report.print(&Reporting { slack: 1.0, recorded: None, json: options.json })
}

fn notes(builds: &Builds, starts: usize, report: &mut Report) {
    report.note(format!("{}; {starts} starts of each.", builds.versions()));
    let whole = memory::PER_PROCESSOR;
    report.note(format!(
        "All have whole processors here. Lambda gives one for {whole} MB, and a share for less. With a share, calls that \
         need more of a processor take longer than here by more."
    ));
    report.note("Billed time: each warm call in whole milliseconds, rounded up. Starts are not in it.");
    report.note("The zip of Python is without boto3, which the managed runtime has. Node's has its AWS SDK bundled.");
}
