use std::path::{Path, PathBuf};
use std::time::Duration;

use api::Entry;
use local::Template;
use serde_json::Value;

use crate::build;
use crate::fixture::{self, Event, Fixture};
use crate::process::Process;
use crate::report::{Report, Reporting};
use crate::stats::Sample;

/// Memory, in megabytes, for which Lambda gives a function one whole processor.
pub const PER_PROCESSOR: u64 = 1769;
/// Period of the processor quota, in microseconds.
const PERIOD: u64 = 20_000;
/// Pause before a quiet call, so that the call starts with its whole quota.
const PAUSE: Duration = Duration::from_micros(3 * PERIOD);
/// Quiet calls after a start.
const QUIET: usize = 6;
/// Busy calls that are measured.
const BUSY: usize = 20;
/// Busy calls before those, which use up the rest of the quota.
const RUN_UP: usize = 2;

#[derive(clap::Args)]
pub struct Options {
    /// Memory sizes, in megabytes
    #[arg(long, value_delimiter = ',', default_value = "128,256,512,1024,1769")]
    sizes: Vec<u64>,
    /// Functions to measure; default: one of each kind
    #[arg(long, value_delimiter = ',', default_value = "users_me,tokens_refresh,tokens_issue,users_create")]
    functions: Vec<String>,
    /// Starts of each function with each memory size
    #[arg(long, default_value_t = 3)]
    runs: usize,
    #[command(flatten)]
    report: Reporting,
}

/// Measurements of one function with one memory size.
#[derive(Default)]
struct Measured {
    /// The first call of a process.
    first: Sample,
    /// Calls with a pause before each.
    quiet: Sample,
    /// Calls without a pause.
    busy: Sample,
    peak: Sample,
}

/// Lambda's charge for a call, in gigabytes times milliseconds. This is a mean, because all calls are billed, including
/// slow calls that wait for the next period after the quota is used up.
fn billed(time: &Sample, size: u64) -> f64 {
    time.mean() * size as f64 / 1024.0
}

/// Runs functions with the processor share that Lambda gives for each memory size.
pub async fn run(options: &Options) -> Result<bool, String> {
    let endpoints = fixture::endpoints(&options.functions)?;
    let folder = build::functions(endpoints.iter().map(|entry| entry.name))?;
    let fixture = Fixture::new().await?;
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
                measured.start(&folder, entry, size, &fixture).await?;
            }
            all.push((size, measured));
        }
        enter(entry, &all, deployed, &mut report);
    }
    report.print(&options.report)
}

/// Adds the rows of a function, and its goal: under load, calls with the deployed memory size are about the cheapest.
/// Calls without load are not judged. Less memory is cheaper for them, but they cost little compared with Lambda's
/// price per request.
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

/// The memory of a function in template.yaml, in megabytes.
pub fn deployed(binary: &str) -> Result<u64, String> {
    let failed = |error: local::Error| error.to_string();
    let functions = Template::ours().and_then(|template| template.functions()).map_err(failed)?;
    let function = functions.iter().find(|function| function.binary == binary);
    let own = format!("/Resources/{}/Properties/MemorySize", function.ok_or("no such function")?.id);
    let source = Template::source().map_err(failed)?;
    let size = source.pointer(&own).or_else(|| source.pointer("/Globals/Function/MemorySize"));
    size.and_then(Value::as_u64).ok_or_else(|| format!("template.yaml has no MemorySize for {binary}"))
}

impl Measured {
    async fn start(&mut self, folder: &Path, entry: &Entry, size: u64, fixture: &Fixture) -> Result<(), String> {
        // Before anything is timed, because preparing events hashes passwords.
        let mut events = Vec::new();
        for _ in 0..1 + QUIET + RUN_UP + BUSY {
            events.push(fixture.event(entry).await?);
        }
        let group = Group::new(size)?;
        let mut process = Process::start(&build::executable(folder, entry.name), &fixture.environment(true)).await?;
        // After the start, because a function starts with a whole processor.
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
    event.check(entry.name, &reply.response)?;
    Ok(reply.took)
}

/// A control group with a function's processor share. Removed when dropped.
struct Group(PathBuf);

impl Group {
    fn new(memory: u64) -> Result<Self, String> {
        let (root, quota) = (Path::new("/sys/fs/cgroup"), PERIOD * memory / PER_PROCESSOR);
        // Version 1 of control groups has a folder for each controller. Version 2 has one folder for all.
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
