mod verdict;

use std::collections::BTreeMap;
use std::path::PathBuf;

use api::Entry;
use serde_json::Value;

use crate::build;
use crate::process::Process;
use crate::report::Reporting;
use crate::stage::{self, Event, Stage};
use crate::stats::Sample;

/// Calls after the first one, of which the median is what a warm call takes.
const WARM_CALLS: usize = 10;
/// Functions that no gateway calls.
const WORKERS: [&str; 3] = ["key_rotate", "mail_send", "user_erase"];

#[derive(clap::Args)]
pub struct Options {
    /// Starts of each function
    #[arg(long, default_value_t = 40)]
    pub runs: usize,
    /// The functions to measure; all if none is named
    #[arg(long, value_delimiter = ',')]
    pub functions: Vec<String>,
    /// A function of your own, by the path of its executable
    #[arg(long)]
    pub binary: Vec<PathBuf>,
    /// A variable of the environment for functions of your own: NAME=VALUE
    #[arg(long)]
    pub env: Vec<String>,
    /// The event for functions of your own: a file with JSON. `GET /` if there is none
    #[arg(long)]
    pub event: Option<PathBuf>,
    /// Leave out sizes, where the functions are not built as they are shipped
    #[arg(long)]
    pub no_sizes: bool,
    #[command(flatten)]
    pub report: Reporting,
}

/// Somebody to be measured.
struct Subject {
    name: String,
    executable: PathBuf,
    calls: Calls,
    measured: Measured,
    /// What the floor took next to it.
    floor: Measured,
}

/// What somebody is called with.
enum Calls {
    /// Always the same, with this environment beside the usual one.
    Given(Value, BTreeMap<String, String>),
    /// Good calls of an endpoint, each made anew.
    Endpoint(&'static Entry),
    /// Nothing: a worker, which is only started.
    Nothing,
}

#[derive(Default)]
struct Measured {
    first_poll: Sample,
    first_response: Sample,
    first_cpu: Sample,
    peak: Sample,
    init: Sample,
    prewarmed: Sample,
    warm: Sample,
    calls: usize,
}

pub async fn run(options: &Options) -> Result<bool, String> {
    let mut subjects = subjects(options)?;
    let stage = Stage::set().await?;
    for run in 0..options.runs {
        eprintln!("start {} of {} of {} functions", run + 1, options.runs, subjects.len());
        let Some((floor, functions)) = subjects.split_first_mut() else { break };
        for subject in functions {
            subject.beside(floor, run % 2 == 0, &stage).await?;
        }
    }
    verdict::report(&subjects, options)?.print(&options.report)
}

/// The floor first, then the functions.
fn subjects(options: &Options) -> Result<Vec<Subject>, String> {
    let own = own(options)?;
    let (endpoints, workers) = match (options.functions.is_empty(), own.is_empty()) {
        (true, false) => (Vec::new(), &[][..]),
        (named, _) => (stage::endpoints(&options.functions)?, if named { &WORKERS[..] } else { &[] }),
    };
    let names = endpoints.iter().map(|entry| entry.name).chain(workers.iter().copied());
    let folder = build::floor_and_functions(names)?;
    let subject = |name: &str, calls| Subject::new(name, folder.join(name), calls);
    let mut all = vec![subject("floor", Calls::Given(stage::hello(), BTreeMap::new()))];
    all.extend(endpoints.into_iter().map(|entry| subject(entry.name, Calls::Endpoint(entry))));
    all.extend(workers.iter().map(|name| subject(name, Calls::Nothing)));
    all.extend(own);
    Ok(all)
}

/// Somebody's own functions.
fn own(options: &Options) -> Result<Vec<Subject>, String> {
    let event = match &options.event {
        None => stage::hello(),
        Some(file) => {
            let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
            serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?
        }
    };
    let variable = |text: &String| text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    let variables = options.env.iter().map(|text| variable(text).ok_or_else(|| format!("--env {text} has no =")));
    let variables: BTreeMap<_, _> = variables.collect::<Result<_, _>>()?;
    if let Some(missing) = options.binary.iter().find(|path| !path.is_file()) {
        return Err(format!("{} is no file", missing.display()));
    }
    let subject = |path: &PathBuf| {
        Subject::new(&path.display().to_string(), path.clone(), Calls::Given(event.clone(), variables.clone()))
    };
    Ok(options.binary.iter().map(subject).collect())
}

impl Subject {
    fn new(name: &str, executable: PathBuf, calls: Calls) -> Self {
        Self { name: name.to_owned(), executable, calls, measured: Measured::default(), floor: Measured::default() }
    }

    async fn start(&self, stage: &Stage, prewarm: bool) -> Result<Process, String> {
        let mut environment = stage.environment(prewarm);
        if let Calls::Given(_, own) = &self.calls {
            environment.extend(own.clone());
        }
        Process::start(&self.executable, &environment).await
    }

    /// What to call it with, if it can be called.
    async fn next(&self, stage: &Stage) -> Result<Option<Event>, String> {
        match &self.calls {
            Calls::Given(event, _) => Ok(Some(Event { event: event.clone(), success: 0 })),
            Calls::Endpoint(entry) => stage.event(entry).await.map(Some),
            Calls::Nothing => Ok(None),
        }
    }

    fn check(&self, event: &Event, answer: &Value) -> Result<(), String> {
        match self.calls {
            Calls::Endpoint(_) => event.check(&self.name, answer),
            // What somebody's own function answers is their own business, but for failing.
            _ if answer.get("statusCode").and_then(Value::as_u64).is_some_and(|status| status >= 500) => {
                Err(format!("{} answered {answer}", self.name))
            }
            _ => Ok(()),
        }
    }

    /// Starts it and the floor, one right after the other: whatever else the machine does hits both.
    async fn beside(&mut self, floor: &mut Self, first: bool, stage: &Stage) -> Result<(), String> {
        // Made before either starts, for that evicts caches.
        let (event, hello) = (self.next(stage).await?, floor.next(stage).await?);
        std::mem::swap(&mut floor.measured, &mut self.floor);
        if first {
            self.start_cold(event, stage).await?;
            floor.start_cold(hello, stage).await?;
        } else {
            floor.start_cold(hello, stage).await?;
            self.start_cold(event, stage).await?;
        }
        self.start_prewarmed(stage).await?;
        floor.start_prewarmed(stage).await?;
        std::mem::swap(&mut floor.measured, &mut self.floor);
        Ok(())
    }

    /// Nothing is sent before the first request.
    async fn start_cold(&mut self, event: Option<Event>, stage: &Stage) -> Result<(), String> {
        stage.app.dynamo.take_calls();
        let mut process = self.start(stage, false).await?;
        self.measured.first_poll.push_time(process.first_poll);
        let Some(event) = event else {
            process.end().await;
            return Ok(());
        };
        let before = process.cpu()?;
        let reply = process.invoke(event.event.clone()).await?;
        self.check(&event, &reply.answer)?;
        let measured = &mut self.measured;
        measured.first_response.push_time(reply.since_start);
        measured.first_cpu.push_time(process.cpu()?.saturating_sub(before));
        measured.peak.push(process.peak().ok_or("a process went away")?);
        measured.calls = stage.app.dynamo.take_calls().len();
        process.end().await;
        Ok(())
    }

    async fn start_prewarmed(&mut self, stage: &Stage) -> Result<(), String> {
        let mut process = self.start(stage, true).await?;
        self.measured.init.push_time(process.first_poll);
        let mut warm = Sample::default();
        for call in 0..=WARM_CALLS {
            let Some(event) = self.next(stage).await? else {
                process.end().await;
                return Ok(());
            };
            let reply = process.invoke(event.event.clone()).await?;
            self.check(&event, &reply.answer)?;
            if call == 0 { self.measured.prewarmed.push_time(reply.took) } else { warm.push_time(reply.took) }
        }
        self.measured.warm.push(warm.median());
        process.end().await;
        Ok(())
    }
}
