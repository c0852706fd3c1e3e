use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::{Calls, Measured, Options, Subject};
use crate::hash::hashes;
use crate::report::Report;
use crate::stats::Sample;

/// What a password's hash needs in memory, in MiB.
const HASH: f64 = 20.0;

const COLUMNS: [&str; 12] = [
    "first poll ms",
    "poll ratio",
    "first response ms",
    "p90",
    "response ratio",
    "calls",
    "first call CPU ms",
    "peak MiB",
    "peak ratio",
    "init pre-warmed ms",
    "then first ms",
    "then warm ms",
];

/// What was measured, beside the goals.
pub fn report(subjects: &[Subject], options: &Options) -> Result<Report, String> {
    let mut columns = COLUMNS.to_vec();
    if !options.no_sizes {
        columns.extend(["binary MB", "binary ratio", "zip MB", "zip ratio"]);
    }
    let mut report = Report::sampled(&columns, options.runs);
    let Some((floor, functions)) = subjects.split_first() else { return Ok(report) };
    let size = |subject: &Subject| (!options.no_sizes).then(|| sizes(&subject.executable)).transpose();
    let least = size(floor)?;
    for (place, subject) in functions.iter().enumerate() {
        if place == 0 {
            // Next to the first function; each has a floor of its own.
            report.row(&floor.name, &numbers(&subject.floor, &subject.floor, least.zip(least)));
        }
        let sizes = size(subject)?.zip(least);
        report.row(&subject.name, &numbers(&subject.measured, &subject.floor, sizes));
        subject.goals(&mut report);
        if let Some((own, least)) = sizes {
            report.goal("binary to the floor's", &subject.name, own.0 / least.0, 2.5);
            report.goal("zip to the floor's", &subject.name, own.1 / least.1, 2.4);
        }
    }
    Ok(report)
}

/// A row of the table; the sizes are its own and the floor's.
fn numbers(own: &Measured, floor: &Measured, sizes: Option<(Size, Size)>) -> Vec<f64> {
    let ratio = |of: fn(&Measured) -> &Sample| of(own).median() / of(floor).median();
    let mut numbers = vec![
        own.first_poll.median(),
        ratio(|measured| &measured.first_poll),
        own.first_response.median(),
        own.first_response.p90(),
        ratio(|measured| &measured.first_response),
        own.calls as f64,
        own.first_cpu.median(),
        own.peak.median(),
        ratio(|measured| &measured.peak),
        own.init.median(),
        own.prewarmed.median(),
        own.warm.median(),
    ];
    if let Some((own, least)) = sizes {
        numbers.extend([own.0, own.0 / least.0, own.1, own.1 / least.1]);
    }
    numbers
}

impl Subject {
    fn goals(&self, report: &mut Report) {
        let (own, floor, name) = (&self.measured, &self.floor, &self.name);
        let polls = own.first_poll.median() / floor.first_poll.median();
        report.goal("first poll to the floor's", name, polls, 1.5);
        if matches!(self.calls, Calls::Nothing) {
            return;
        }
        // A hash takes what it takes: `bench auth` has that.
        if hashes(name) == 0 {
            let responses = own.first_response.median() / floor.first_response.median();
            report.goal("first response to the floor's", name, responses, 3.0);
            report.goal("CPU of the first call over TLS, ms", name, own.first_cpu.median(), 10.0);
        }
        let first = own.prewarmed.median() / own.warm.median();
        report.goal("first after pre-warm to its own warm", name, first, 2.5);
        let hash = if hashes(name) > 0 { HASH } else { 0.0 };
        let most = floor.peak.median() * 2.2 + hash;
        report.goal("peak memory in MiB: 2.2 of the floor's, and 20 for a hash", name, own.peak.median(), most);
    }
}

/// Of an executable and of it in a zip, in MB.
type Size = (f64, f64);

fn sizes(executable: &Path) -> Result<Size, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", executable.display());
    let bytes = std::fs::read(executable).map_err(failed)?;
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&bytes).map_err(failed)?;
    let zip = encoder.finish().map_err(failed)?;
    Ok((bytes.len() as f64 / 1e6, zip.len() as f64 / 1e6))
}
