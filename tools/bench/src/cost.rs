use api::{By, Entry, Limit};
use auth::Level;
use functions::CATALOGUE;
use tests::{Cost, TestApp};

use crate::report::Report;

/// Those whose change must be of more than one item at once: sign-up, email or username, roles, erasure.
const TRANSACTIONS: [&str; 4] = ["users_create", "users_me_update", "users_update", "user_erase"];
/// A limit of this many calls is reached by calling.
const REACHED: u32 = 10;

#[derive(clap::Args)]
pub struct Options {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

pub async fn run(options: &Options) -> Result<bool, String> {
    let mut report = Report::new(&["calls", "in sequence", "read units", "write units"]);
    for cost in tests::costs().await {
        let (reads, writes) = (cost.units(false), cost.units(true));
        report.row(cost.name, &[cost.calls.len() as f64, cost.in_sequence() as f64, reads, writes]);
        goals(&cost, &mut report);
    }
    repeats(&mut report).await?;
    Ok(report.print(options.json))
}

fn goals(cost: &Cost, report: &mut Report) {
    let entry = CATALOGUE.iter().find(|entry| entry.name == cost.name);
    let authentications = cost.count("BatchGetItem", "sessions+users");
    if let Some(entry) = entry.filter(|entry| entry.level != Level::Public) {
        report.goal("round trips to authenticate", entry.name, authentications as f64, 1.0);
    }
    if cost.name == "favorites_list" {
        let rest = cost.in_sequence() - authentications;
        report.goal("round trips in sequence, once authenticated", cost.name, rest as f64, 2.0);
    }
    if !TRANSACTIONS.contains(&cost.name) {
        let transactions = cost.calls.iter().filter(|call| call.operation.starts_with("Transact")).count();
        report.goal("transactions", cost.name, transactions as f64, 0.0);
    }
    if let Some(entry) = entry.filter(|entry| !entry.limits.is_empty()) {
        let writes = cost.count("UpdateItem", "rate_limits") as f64 / entry.limits.len() as f64;
        report.goal("writes for each limit", entry.name, writes, 1.0);
    }
}

/// What a repeat costs of a call that was refused for its address.
async fn repeats(report: &mut Report) -> Result<(), String> {
    let app = TestApp::init().await;
    let low = |limit: &&Limit| limit.by == By::Ip && limit.burst <= REACHED;
    for (entry, limit) in CATALOGUE.iter().filter_map(|entry| Some((entry, entry.limits.iter().find(low)?))) {
        let caller = app.anon();
        for _ in 0..limit.burst {
            refused(&caller, entry, false).await?;
        }
        refused(&caller, entry, true).await?;
        app.dynamo.take_calls();
        refused(&caller, entry, true).await?;
        report.goal("calls of a repeat refusal", entry.name, app.dynamo.take_calls().len() as f64, 0.0);
    }
    Ok(())
}

async fn refused(caller: &tests::Caller, entry: &Entry, limited: bool) -> Result<(), String> {
    let answer = caller.call(entry.route, entry.route.path, None).await;
    if (answer.status == 429) == limited { Ok(()) } else { Err(format!("{} answered {}", entry.name, answer.status)) }
}
