use std::path::{Path, PathBuf};
use std::time::Duration;

use api::Entry;
use local::Template;
use serde_json::Value;

use crate::build;
use crate::process::Process;
use crate::report::{Report, Reporting};
use crate::stage::{self, Event, Stage};
use crate::stats::Sample;

/// Lambda gives a function this much memory per processor, in megabytes.
const PER_PROCESSOR: u64 = 1769;
/// How often the share of a processor is dealt out, in microseconds.
const PERIOD: u64 = 20_000;
/// Before a quiet call, so that it finds the share whole.
const PAUSE: Duration = Duration::from_micros(3 * PERIOD);
/// Quiet calls after a start.
const QUIET: usize = 6;
/// Busy calls after those that use up what is left of the share.
const BUSY: usize = 20;
const RUN_UP: usize = 2;

#[derive(clap::Args)]
pub struct Options {
    /// Sizes of memory, in megabytes
    #[arg(long, value_delimiter = ',', default_value = "128,256,512,1024,1769")]
    sizes: Vec<u64>,
    /// The functions to measure: of each kind one
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "products_list,users_me,tokens_refresh,tokens_issue,users_create"
    )]
    functions: Vec<String>,
    /// Starts of each function with each size
    #[arg(long, default_value_t = 3)]
    runs: usize,
    #[command(flatten)]
    report: Reporting,
}

/// One function with one size of memory.
#[derive(Default)]
struct Measured {
    /// The first call of a process.
    first: Sample,
    /// Calls with a pause before each.
    quiet: Sample,
    /// Calls that follow each other at once.
    busy: Sample,
    peak: Sample,
}

/// What Lambda bills for a call, in gigabytes times milliseconds. All calls are billed, so the mean is what counts: those
/// that find the share used up wait for the next.
fn billed(time: &Sample, size: u64) -> f64 {
    time.mean() * size as f64 / 1024.0
}

/// Runs functions under the share of a processor that Lambda gives for each size of memory.
pub async fn run(options: &Options) -> Result<bool, String> {
    let endpoints = stage::endpoints(&options.functions)?;
    let folder = build::functions(endpoints.iter().map(|entry| entry.name))?;
    let stage = Stage::set().await?;
    let columns =
        ["first ms", "quiet ms", "busy ms, mean", "peak MiB", "quiet GB-ms", "busy GB-ms", "busy to the cheapest"];
    let mut report = Report::sampled(&columns, options.runs);
    for entry in endpoints {
        let deployed = deployed(entry.name)?;
        if !options.sizes.contains(&deployed) {
            return Err(format!("{} is deployed with {deployed} MB, which --sizes lacks", entry.name));
        }
        let mut all = Vec::new();
        for &size in &options.sizes {
            eprintln!("{} with {size} MB", entry.name);
            let mut measured = Measured::default();
            for _ in 0..options.runs {
                measured.start(&folder, entry, size, &stage).await?;
            }
            all.push((size, measured));
        }
        enter(entry, &all, deployed, &mut report);
    }
    report.print(&options.report)
}

/// The rows of a function, and whether the memory that it is deployed with is that of the cheapest calls under load:
/// without load, where less is cheaper, all of it costs little beside what a request costs.
fn enter(entry: &Entry, all: &[(u64, Measured)], deployed: u64, report: &mut Report) {
    let least = all.iter().map(|(size, measured)| billed(&measured.busy, *size)).fold(f64::INFINITY, f64::min);
    for (size, measured) in all {
        let (quiet, busy) = (billed(&measured.quiet, *size), billed(&measured.busy, *size));
        let [first, rest, peak] = [&measured.first, &measured.quiet, &measured.peak].map(Sample::median);
        let times = [first, rest, measured.busy.mean(), peak];
        let mark = if *size == deployed { ", as deployed" } else { "" };
        report.row(format!("{}, {size} MB{mark}", entry.name), &[&times[..], &[quiet, busy, busy / least]].concat());
        if *size == deployed {
            report.goal("busy GB-ms as deployed to the cheapest size's", entry.name, busy / least, 1.25);
        }
    }
}

/// What `template.yaml` gives a function, in megabytes.
fn deployed(binary: &str) -> Result<u64, String> {
    let failed = |error: local::Error| error.to_string();
    let functions = Template::ours().and_then(|template| template.functions()).map_err(failed)?;
    let function = functions.iter().find(|function| function.binary == binary);
    let own = format!("/Resources/{}/Properties/MemorySize", function.ok_or("no such function")?.id);
    let source = Template::source().map_err(failed)?;
    let size = source.pointer(&own).or_else(|| source.pointer("/Globals/Function/MemorySize"));
    size.and_then(Value::as_u64).ok_or_else(|| format!("template.yaml has no MemorySize for {binary}"))
}

impl Measured {
    async fn start(&mut self, folder: &Path, entry: &Entry, size: u64, stage: &Stage) -> Result<(), String> {
        // Made before anything is timed, for that hashes.
        let mut events = Vec::new();
        for _ in 0..1 + QUIET + RUN_UP + BUSY {
            events.push(stage.event(entry).await?);
        }
        let group = Group::new(size)?;
        let mut process = Process::start(&build::executable(folder, entry.name), &stage.environment(true)).await?;
        // Not before: a function starts with a whole processor.
        process.join(&group.0)?;
        for (place, event) in events.iter().enumerate() {
            if place <= QUIET {
                tokio::time::sleep(PAUSE).await;
            }
            let took = call(&mut process, entry, event).await?;
            match place {
                0 => self.first.push_time(took),
                _ if place <= QUIET => self.quiet.push_time(took),
                _ if place <= QUIET + RUN_UP => {}
                _ => self.busy.push_time(took),
            }
        }
        self.peak.push(process.peak().ok_or("a process went away")?);
        process.end().await;
        Ok(())
    }
}

async fn call(process: &mut Process, entry: &Entry, event: &Event) -> Result<Duration, String> {
    let reply = process.invoke(event.event.clone()).await?;
    event.check(entry.name, &reply.answer)?;
    Ok(reply.took)
}

/// A control group with a function's share of a processor. It ends with the measurement.
struct Group(PathBuf);

impl Group {
    fn new(memory: u64) -> Result<Self, String> {
        let (root, quota) = (Path::new("/sys/fs/cgroup"), PERIOD * memory / PER_PROCESSOR);
        // Version 1 of control groups has a folder for each controller, version 2 has all in one.
        let (folder, limits) = match root.join("cpu").is_dir() {
            true => (root.join("cpu/bench-memory"), vec![("cpu.cfs_period_us", PERIOD), ("cpu.cfs_quota_us", quota)]),
            false => (root.join("bench-memory"), Vec::new()),
        };
        let failed = |error| format!("{}: {error}; limiting a processor takes root", folder.display());
        std::fs::create_dir_all(&folder).map_err(failed)?;
        for (name, limit) in &limits {
            std::fs::write(folder.join(name), limit.to_string()).map_err(failed)?;
        }
        if limits.is_empty() {
            std::fs::write(folder.join("cpu.max"), format!("{quota} {PERIOD}")).map_err(failed)?;
        }
        Ok(Self(folder))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir(&self.0);
    }
}
