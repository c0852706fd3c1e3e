//! Mixed traffic from loopback against the real `local`, over full tables and over empty ones.
//!
//! "Empty" tables have only the data that the traffic needs: products for two full pages, the users that sign in, and
//! their favourites. Full tables have the requested amounts in addition, so that each call has the same work on both.
//! The traffic competes for processors with the server that it measures: read the ratios, not the rates.

mod call;
mod connection;
mod crowd;
mod fill;
mod report;
mod target;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crowd::Crowd;
use fill::Amounts;
use report::Report;
use target::{Filled, Target};

/// The most calls in sequence of a good call.
pub const IN_SEQUENCE: &[(&str, u8)] = &[("favorites_list", 3)];

/// Products in the empty tables.
const FEW: usize = 100;
/// Upper bound on the users that the traffic signs in.
const SIGNING_IN: usize = 1000;
/// Number of turns. Empty and full tables take turns, so that other load on the machine affects both alike.
const TURNS: u32 = 5;
/// Time without measurements, in which caches fill and connections open.
const WARM_UP: Duration = Duration::from_millis(500);

/// Measure mixed traffic to a running `local`, with empty and with full tables
#[derive(clap::Args)]
pub struct Options {
    /// Products in the full tables
    #[arg(long, default_value_t = 1_000_000)]
    products: usize,
    /// Users in the full tables
    #[arg(long, default_value_t = 100_000)]
    users: usize,
    /// Seconds of traffic for each number of connections and each size of tables
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// Numbers of connections
    #[arg(long, value_delimiter = ',', default_value = "1,8,64")]
    connections: Vec<usize>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Returns whether calls take no longer on full tables, and all responses were as expected.
pub async fn run(options: &Options) -> Result<bool, String> {
    eprintln!("building `local`");
    let executable = local_server()?;
    let signing_in = options.users.min(SIGNING_IN);
    let with_favorites = options.connections.iter().copied().max().unwrap_or_default();
    let sizes = [("empty", FEW, signing_in), ("full", options.products.max(FEW), options.users)];
    let (mut all, mut targets, mut report) = (Vec::new(), Vec::new(), Report::default());
    for (name, products, users) in sizes {
        let amounts = Amounts { products, users, signing_in, with_favorites };
        let filled = Filled::new(&executable, name, amounts).await?;
        report.filled(name, filled.seconds);
        all.push(filled);
    }
    // Started together, so that neither server has waited for the other. A server that has waited may allocate
    // differently: the 19 MiB of a password hash are either kept for the next hash or asked for again, which makes a
    // third of a sign-in.
    for filled in all {
        targets.push(Arc::new(Target::start(&executable, filled).await?));
    }
    for &connections in &options.connections {
        eprintln!("{connections} connections");
        for crowd in step(&targets, connections, Duration::from_secs(options.seconds.into())).await? {
            report.add(connections, crowd);
        }
    }
    report.print(options.json);
    Ok(report.met())
}

/// Sends traffic to the targets in turns, never to two at once.
async fn step(targets: &[Arc<Target>], connections: usize, time: Duration) -> Result<Vec<Crowd>, String> {
    let mut crowds = Vec::new();
    for target in targets {
        crowds.push(Crowd::new(target, connections, WARM_UP).await?);
    }
    for _ in 0..TURNS {
        for crowd in &mut crowds {
            crowd.run(time / TURNS).await?;
        }
        // So that no target is always the first.
        crowds.reverse();
    }
    crowds.sort_by_key(|crowd| crowd.target.name);
    Ok(crowds)
}

/// Builds the local server with the same optimisations as the bench.
fn local_server() -> Result<PathBuf, String> {
    let bench = std::env::current_exe().map_err(|error| error.to_string())?;
    let target = bench.ancestors().nth(2).ok_or("no target folder")?;
    let mut cargo = crate::build::command("cargo");
    cargo.args(["build", "--release", "--quiet", "--bin=local", "--target-dir"]).arg(target);
    let status = cargo.status().map_err(|error| format!("cargo: {error}"))?;
    if status.success() { Ok(bench.with_file_name("local")) } else { Err("cargo could not build `local`".to_owned()) }
}
