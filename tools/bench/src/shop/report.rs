use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::call::Call;
use super::crowd::Crowd;

/// Upper bound on the time of a call on full tables, as a multiple of the time on empty tables.
const MOST: f64 = 1.2;

/// Results of one endpoint with one size of tables and one number of connections.
struct Row {
    connections: usize,
    table: &'static str,
    call: Call,
    requests: usize,
    per_second: f64,
    p50: f64,
    p99: f64,
    unexpected: BTreeMap<String, usize>,
}

/// All measurements.
#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
    fills: Vec<(&'static str, f64)>,
}

/// Growth of an endpoint's median with the size of the tables.
struct Growth {
    call: Call,
    empty: f64,
    full: f64,
}

impl Growth {
    fn ratio(&self) -> f64 {
        self.full / self.empty
    }

    fn met(&self) -> bool {
        self.ratio() <= MOST
    }
}

impl Report {
    pub fn filled(&mut self, table: &'static str, seconds: f64) {
        self.fills.push((table, seconds));
    }

    pub fn add(&mut self, connections: usize, crowd: Crowd) {
        let (seconds, mut tally) = (crowd.elapsed.as_secs_f64(), crowd.tally);
        for call in Call::ALL {
            let mut took = tally.took.remove(&call).unwrap_or_default();
            took.sort_by(f64::total_cmp);
            let of_call = tally.unexpected.iter().filter(|((other, _), _)| *other == call);
            self.rows.push(Row {
                connections,
                table: crowd.target.name,
                call,
                requests: took.len(),
                per_second: took.len() as f64 / seconds,
                p50: percentile(&took, 50),
                p99: percentile(&took, 99),
                unexpected: of_call.map(|((_, what), count)| (what.clone(), *count)).collect(),
            });
        }
    }

    /// Whether no median grew beyond its bound, and every response was as expected.
    pub fn met(&self) -> bool {
        let expected = self.rows.iter().all(|row| row.unexpected.is_empty() && row.requests > 0);
        expected && self.growth().iter().all(Growth::met)
    }

    /// Growth with the fewest connections, where calls don't wait for each other.
    fn growth(&self) -> Vec<Growth> {
        let fewest = self.rows.iter().map(|row| row.connections).min().unwrap_or_default();
        let p50 = |call: Call, table: &str| {
            let mut rows = self.rows.iter().filter(|row| row.connections == fewest && row.table == table);
            rows.find(|row| row.call == call).map_or(f64::NAN, |row| row.p50)
        };
        Call::ALL.map(|call| Growth { call, empty: p50(call, "empty"), full: p50(call, "full") }).into()
    }

    /// The rows, grouped by number of connections and size of tables.
    fn steps(&self) -> impl Iterator<Item = &[Row]> {
        self.rows.chunk_by(|a, b| (a.connections, a.table) == (b.connections, b.table))
    }

    /// Prints tables, or one JSON document.
    pub fn print(&self, as_json: bool) {
        match as_json {
            true => println!("{}", self.json()),
            false => self.print_tables(),
        }
    }

    fn print_tables(&self) {
        for (table, seconds) in &self.fills {
            println!("Filling the {table} tables took {seconds:.0} s.");
        }
        println!(
            "\n| connections | tables | endpoint | n | req/s | p50 (ms) | p99 (ms) |\n|--:|---|---|--:|--:|--:|--:|"
        );
        for step in self.steps() {
            for Row { connections, table, call, requests, per_second, p50, p99, .. } in step {
                let name = call.name();
                println!("| {connections} | {table} | {name} | {requests} | {per_second:.1} | {p50:.2} | {p99:.2} |");
            }
            let (requests, per_second) = total(step);
            let Some(Row { connections, table, .. }) = step.first() else { continue };
            println!("| {connections} | {table} | all | {requests} | {per_second:.1} | | |");
        }
        self.print_growth();
        for row in &self.rows {
            for (what, count) in &row.unexpected {
                println!(
                    "unexpected: {count} × {} on {}, {} connections: {what}",
                    row.call.name(),
                    row.table,
                    row.connections
                );
            }
        }
        println!("\n{}", verdict(self.met()));
    }

    fn print_growth(&self) {
        println!(
            "\n| endpoint | p50 empty (ms) | p50 full (ms) | full / empty | at most | |\n|---|--:|--:|--:|--:|---|"
        );
        for growth in self.growth() {
            let (name, ratio, verdict) = (growth.call.name(), growth.ratio(), verdict(growth.met()));
            println!("| {name} | {:.2} | {:.2} | {ratio:.2} | {MOST} | {verdict} |", growth.empty, growth.full);
        }
    }

    fn json(&self) -> Value {
        let row = |row: &Row| {
            json!({
                "endpoint": row.call.name(), "requests": row.requests, "per_second": row.per_second,
                "p50_ms": row.p50, "p99_ms": row.p99, "unexpected": row.unexpected,
            })
        };
        let step = |step: &[Row]| {
            let first = step.first();
            json!({
                "connections": first.map(|row| row.connections), "tables": first.map(|row| row.table),
                "per_second": total(step).1, "endpoints": step.iter().map(row).collect::<Vec<_>>(),
            })
        };
        let growth = |growth: &Growth| {
            json!({
                "endpoint": growth.call.name(), "empty_p50_ms": growth.empty, "full_p50_ms": growth.full,
                "ratio": growth.ratio(), "goal": MOST, "met": growth.met(),
            })
        };
        json!({
            "fill_seconds": self.fills.iter().copied().collect::<BTreeMap<_, _>>(),
            "steps": self.steps().map(step).collect::<Vec<_>>(),
            "growth": self.growth().iter().map(growth).collect::<Vec<_>>(),
            "met": self.met(),
        })
    }
}

/// Total requests, and requests per second.
fn total(step: &[Row]) -> (usize, f64) {
    (step.iter().map(|row| row.requests).sum(), step.iter().map(|row| row.per_second).sum())
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "NOT MET" }
}

/// A percentile of sorted values, by nearest rank.
fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}
