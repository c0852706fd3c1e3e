use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::Options;
use super::subject::{Calls, Measured, Subject};
use crate::report::Report;

/// Sizes of the floor in MB, unpacked and zipped, from a build of everything with fat link-time optimisation (commit
/// `457d3b9`). Sizes are compared with these constants, because another profile also changes the floor.
const BASELINE_SIZES: Size = (2.70, 1.26);

/// Memory of a password hash, in MiB.
const HASH: f64 = 20.0;

const COLUMNS: [&str; 19] = [
    "first poll ms",
    "poll ratio",
    "first response ms",
    "p90",
    "hashes ms",
    "response ratio",
    "calls",
    "first call CPU ms",
    "init pre-warmed ms",
    "then first ms",
    "start and first ms",
    "then warm ms",
    "warm CPU ms",
    "peak MiB",
    "peak ratio",
    "binary MB",
    "binary ratio",
    "zip MB",
    "zip ratio",
];

/// The measurements, with their goals.
pub fn report(subjects: &[Subject], options: &Options) -> Result<Report, String> {
    let mut report = Report::sampled(&COLUMNS, options.runs);
    let Some((floor, functions)) = subjects.split_first() else { return Ok(report) };
    for (place, subject) in functions.iter().enumerate() {
        if place == 0 {
            // The floor that was measured next to the first function. Each function has its own.
            report.row(&floor.name, &numbers(&subject.floor, &subject.floor, sizes(&floor.executable)?));
        }
        let sizes = sizes(&subject.executable)?;
        report.row(&subject.name, &numbers(&subject.measured, &subject.floor, sizes));
        if let (Some(_), Calls::Endpoint(entry)) = (&subject.build, &subject.calls) {
            let shipped = functions.iter().find(|function| function.name == entry.name);
            shipped.into_iter().for_each(|shipped| shipped.goals_to(subject, &mut report));
            continue;
        }
        subject.goals(options.process_only, &mut report);
        report.exact("binary to the baseline floor's", &subject.name, sizes.0 / BASELINE_SIZES.0, 3.7);
        report.exact("zip to the baseline floor's", &subject.name, sizes.1 / BASELINE_SIZES.1, 3.1);
    }
    Ok(report)
}

/// A row of the table.
fn numbers(own: &Measured, floor: &Measured, sizes: Size) -> Vec<f64> {
    let (binary, zip) = sizes;
    vec![
        own.first_poll.median(),
        own.first_poll.median() / floor.first_poll.median(),
        own.first_response.median(),
        own.first_response.p90(),
        own.hashes.median(),
        own.responses_to(floor),
        own.first_calls.median(),
        own.first_cpu.median(),
        own.init.median(),
        own.prewarmed.median(),
        own.waited.median(),
        own.warm.median(),
        own.warm_cpu.median(),
        own.peak.median(),
        own.peak.median() / floor.peak.median(),
        binary,
        binary / BASELINE_SIZES.0,
        zip,
        zip / BASELINE_SIZES.1,
    ]
}

impl Measured {
    /// The first response without its password hashes, relative to the floor's. The time of a hash can't be reduced.
    fn responses_to(&self, floor: &Measured) -> f64 {
        (self.first_response.median() - self.hashes.median()) / floor.first_response.median()
    }
}

impl Subject {
    fn goals(&self, process_only: bool, report: &mut Report) {
        let (own, floor, name) = (&self.measured, &self.floor, &self.name);
        let polls = own.first_poll.median() / floor.first_poll.median();
        report.goal("first poll to the floor's", name, polls, 1.5);
        if matches!(self.calls, Calls::Nothing) {
            return;
        }
        // Without a DynamoDB call, the first call does not use TLS.
        if own.first_calls.median() > 0.0 {
            let rest = own.first_cpu.median() - own.hashes_cpu.median();
            report.goal("CPU of the first call over TLS but for hashes, ms", name, rest, 10.0);
        }
        if self.hashes() == 0 {
            report.goal("CPU of a warm call, ms", name, own.warm_cpu.median(), 5.0);
        }
        let hash = if self.hashes() > 0 { HASH } else { 0.0 };
        let most = floor.peak.median() * 2.2 + hash;
        report.goal("peak memory in MiB: 2.2 of the floor's, and 20 for a hash", name, own.peak.median(), most);
        if process_only {
            return;
        }
        report.goal("first response but for hashes to the floor's", name, own.responses_to(floor), 3.0);
        let first = own.prewarmed.median() / own.warm.median();
        report.goal("first after pre-warm to its own warm", name, first, 2.5);
    }
}

/// Upper bound on the time of a function, as a multiple of the time in a baseline build.
const SLOWER: f64 = 1.1;

impl Subject {
    /// Goals relative to a baseline build of the same function.
    fn goals_to(&self, other: &Self, report: &mut Report) {
        let (own, rest) = (&self.measured, &other.measured);
        for (what, own, rest) in [
            ("first poll to the baseline's", &own.first_poll, &rest.first_poll),
            ("first response to the baseline's", &own.first_response, &rest.first_response),
            ("warm CPU to the baseline's", &own.warm_cpu, &rest.warm_cpu),
        ] {
            report.goal(what, &other.name, own.median() / rest.median(), SLOWER);
        }
    }
}

/// Size of an executable, unpacked and zipped, in MB.
type Size = (f64, f64);

fn sizes(executable: &Path) -> Result<Size, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", executable.display());
    let bytes = std::fs::read(executable).map_err(failed)?;
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&bytes).map_err(failed)?;
    let zip = encoder.finish().map_err(failed)?;
    Ok((bytes.len() as f64 / 1e6, zip.len() as f64 / 1e6))
}
