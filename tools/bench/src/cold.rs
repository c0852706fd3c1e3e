mod subject;
mod verdict;

use std::collections::BTreeMap;
use std::path::PathBuf;

use subject::{Calls, Subject};

use crate::build;
use crate::fixture::{self, Fixture};
use crate::report::Reporting;

/// Functions without a route.
const WORKERS: [&str; 3] = ["key_rotate", "mail_send", "user_erase"];

#[derive(clap::Args)]
pub struct Options {
    /// Starts of each function
    #[arg(long, default_value_t = 40)]
    pub runs: usize,
    /// Functions to measure; default: all
    #[arg(long, value_delimiter = ',')]
    pub functions: Vec<String>,
    /// Folder with a baseline build of the same functions. Both builds are started in turns, and the new one may
    /// take at most a tenth longer
    #[arg(long)]
    pub baseline: Vec<PathBuf>,
    /// Executable of your own function
    #[arg(long)]
    pub binary: Vec<PathBuf>,
    /// Environment variable for your own functions: NAME=VALUE
    #[arg(long)]
    pub env: Vec<String>,
    /// JSON file with the event for your own functions; default: `GET /`
    #[arg(long)]
    pub event: Option<PathBuf>,
    /// Expected status of your own functions; default: any below 400
    #[arg(long)]
    pub status: Option<u16>,
    /// Check only goals that a slow benchmark can't distort: first polls, processor time, memory and sizes. Works
    /// without an optimised build of the benchmark
    #[arg(long)]
    pub process_only: bool,
    #[command(flatten)]
    pub report: Reporting,
}

pub async fn run(options: &Options) -> Result<bool, String> {
    let mut subjects = subjects(options)?;
    let fixture = Fixture::new().await?;
    for run in 0..options.runs {
        eprintln!("start {} of {} of {} functions", run + 1, options.runs, subjects.len());
        let Some((floor, functions)) = subjects.split_first_mut() else { break };
        for subject in functions {
            subject.beside(floor, run % 2 == 0, &fixture).await?;
        }
    }
    verdict::report(&subjects, options)?.print(&options.report)
}

/// The subjects of the measurement: the floor first, then the functions.
fn subjects(options: &Options) -> Result<Vec<Subject>, String> {
    let own = own(options)?;
    let only_own = options.functions.is_empty() && !own.is_empty();
    let ours = if only_own { Vec::new() } else { ours(&options.functions)? };
    let folder = build::floor_and_functions(ours.iter().map(|(name, _)| *name))?;
    let hello = Calls::Fixed { event: fixture::hello(), environment: BTreeMap::new(), status: None };
    let shipped = |name: &str, calls| Subject::new(name, build::executable(&folder, name), calls);
    let mut subjects = vec![shipped("floor", hello)];
    for (name, calls) in ours {
        let entry = if let Calls::Endpoint(entry) = &calls { Some(*entry) } else { None };
        subjects.push(shipped(name, calls));
        let Some(entry) = entry else { continue };
        for folder in &options.baseline {
            subjects.push(Subject::from_folder(entry, folder)?);
        }
    }
    subjects.extend(own);
    Ok(subjects)
}

/// The functions with these names, or all functions if there are no names.
fn ours(names: &[String]) -> Result<Vec<(&'static str, Calls)>, String> {
    let (workers, endpoints): (Vec<_>, Vec<_>) =
        names.iter().cloned().partition(|name| WORKERS.contains(&name.as_str()));
    let endpoints =
        if workers.is_empty() || !endpoints.is_empty() { fixture::endpoints(&endpoints)? } else { Vec::new() };
    let named = |worker: &&str| names.is_empty() || workers.iter().any(|name| name == worker);
    let workers = WORKERS.into_iter().filter(named).map(|name| (name, Calls::Nothing));
    Ok(endpoints.into_iter().map(|entry| (entry.name, Calls::Endpoint(entry))).chain(workers).collect())
}

/// The functions that `--binary` names.
fn own(options: &Options) -> Result<Vec<Subject>, String> {
    let event = match &options.event {
        None => fixture::hello(),
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
        let (event, environment) = (event.clone(), variables.clone());
        let calls = Calls::Fixed { event, environment, status: options.status };
        Subject::new(&path.display().to_string(), path.clone(), calls)
    };
    Ok(options.binary.iter().map(subject).collect())
}
