//! Mixed traffic from loopback against the real `local`, over full tables and over empty ones.
//!
//! "Empty" is what the traffic itself needs: products for two full pages, the users that it signs in, and favourites of
//! those who list them. The full tables have the same and as many more as asked for, so the calls' own work is the same.
//! The traffic takes its share of the processors that it measures: read the ratios, not the rates.

mod call;
mod connection;
mod crowd;
mod fill;
mod report;
mod target;

use std::sync::Arc;
use std::time::Duration;

use crowd::Crowd;
use fill::Amounts;
use report::Report;
use target::{Filled, Target};

/// Products of the empty tables.
const FEW: usize = 100;
/// Most users whom the traffic signs in.
const SIGNING_IN: usize = 1000;
/// Empty and full tables take turns this often, so that whatever else the machine does hits both alike.
const TURNS: u32 = 5;
/// Caches fill, and connections open, before anything counts.
const WARM_UP: Duration = Duration::from_millis(500);

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

/// Whether calls take no longer with full tables, and all were answered as expected.
pub async fn run(options: &Options) -> Result<bool, String> {
    eprintln!("building `local`");
    let executable = crate::build::local()?;
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
    // Started together: whether the allocator keeps the 19 MiB of a password's hash for the next, or asks for new pages
    // each time, makes a third of a sign-in, and differs between a server that waited for the other and one that did not.
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

/// Traffic for some time on each target, in turns: never on two at once.
async fn step(targets: &[Arc<Target>], connections: usize, time: Duration) -> Result<Vec<Crowd>, String> {
    let mut crowds = Vec::new();
    for target in targets {
        crowds.push(Crowd::new(target, connections, WARM_UP).await?);
    }
    for _ in 0..TURNS {
        for crowd in &mut crowds {
            crowd.run(time / TURNS).await?;
        }
        // Nor is one always the first.
        crowds.reverse();
    }
    crowds.sort_by_key(|crowd| crowd.target.name);
    Ok(crowds)
}
