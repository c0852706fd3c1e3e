use std::ffi::OsStr;
use std::path::Path;
use std::time::Instant;

use catalogue::{CATALOGUE, TASKS, WORKERS};
use local::Grant;
use project::{Error, File, Result};
use toml_edit::{DocumentMut, Item};
use xtask::cargo;

use crate::grants::Grants;

/// The test that makes the good call of every endpoint, as every kind of caller.
const MATRIX: &str = "every_endpoint_admits_exactly_the_callers_of_its_level";
/// The test that measures the good call of every endpoint.
const COSTS: &str = "the_costs_in_the_docs_are_those_of_good_calls";
/// The test of all writes of endpoints.
const FAULTS: &str = "no_fault_of_a_write_leaves_a_wrong_answer_a_wrong_state_or_no_event";
/// Cargo's target directory has the record.
const RECORD: &str = "target/project-record";

/// The reviewed grants, with those that these functions used in a run of the access matrix and of further suites. A grant
/// that was not used in this run is kept: `cargo test --test recorded` finds grants that no test uses.
///
/// # Errors
/// When a test fails, or there is no such function.
pub fn recorded(root: &Path, functions: &[String], suites: &[String]) -> Result<Grants> {
    if let Some(unknown) = functions.iter().find(|name| !is_function(name)) {
        return Err(Error::form(unknown, "no function of the catalogue has this name"));
    }
    let known = known_suites(root)?;
    if let Some(unknown) = suites.iter().find(|suite| !known.contains(suite)) {
        return Err(Error::form(unknown, format!("there is no such suite. There are {}", known.join(", "))));
    }
    let record = root.join(RECORD);
    match std::fs::remove_dir_all(&record) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::io(RECORD)(error)),
        _ => {}
    }
    let test = |what: &str, arguments: &[&str]| step(what, || test(arguments, ("TEST_RECORD", record.as_os_str())));
    test("the access matrix, for the grants", &["--test", "access", MATRIX])?;
    for suite in suites {
        test(&format!("the suite {suite}, for the grants"), &["--test", suite])?;
    }
    let mut grants = Grants::read(root)?;
    let used = used(&record)?;
    for function in functions {
        let new: Vec<Grant> =
            used.iter().filter(|(user, _)| user == function).map(|(_, grant)| grant.clone()).collect();
        let all = grants.0.entry(function.clone()).or_default();
        // The run shows whether a table is written in transactions alone, which a wider grant from before would hide.
        all.retain(|old| !new.iter().any(|grant| grant.in_transactions && old.covers(grant)));
        all.extend(new);
        *all = Grant::needed(all);
    }
    Ok(grants)
}

/// Runs the tests that write docs/costs.md and, if an endpoint among these functions writes, docs/faults.md.
///
/// # Errors
/// When a test fails. It writes nothing then.
pub fn measured(grants: &Grants, functions: &[String]) -> Result<()> {
    let yes = OsStr::new("1");
    step("docs/costs.md", || test(&["--test", "access", COSTS], ("UPDATE_COSTS", yes)))?;
    let among = |name: &str| functions.iter().any(|function| function == name);
    let names = CATALOGUE.iter().map(|entry| entry.name);
    let writing: Vec<&str> = names.filter(|name| among(name) && writes(grants, name)).collect();
    if !writing.is_empty() {
        let writing = writing.join(",");
        step("docs/faults.md", || test(&["--test", "faults", FAULTS], ("UPDATE_FAULTS", OsStr::new(&writing))))?;
    }
    Ok(())
}

/// Whether a function writes to the database.
fn writes(grants: &Grants, function: &str) -> bool {
    const WRITES: [&str; 4] = ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"];
    let of_database = |grant: &Grant| grant.action.strip_prefix("dynamodb:").is_some_and(|call| WRITES.contains(&call));
    grants.of(function).iter().any(of_database)
}

/// Does what may take long, and says so.
fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("{what}: running");
    let began = Instant::now();
    let done = work()?;
    eprintln!("{what}: done in {} s", began.elapsed().as_secs());
    Ok(done)
}

/// The suites of tests/Cargo.toml.
fn known_suites(root: &Path) -> Result<Vec<String>> {
    let file = File::current(root, "tests/Cargo.toml")?;
    let manifest: DocumentMut = file.text.parse().map_err(|error| Error::form(&file.path, error))?;
    let suites = manifest.get("test").and_then(Item::as_array_of_tables).into_iter().flatten();
    Ok(suites.filter_map(|suite| suite.get("name")?.as_str().map(str::to_owned)).collect())
}

/// Whether an endpoint, a worker or a task has this name.
fn is_function(name: &str) -> bool {
    let workers = WORKERS.iter().map(|worker| worker.name).chain(TASKS.iter().map(|task| task.name));
    CATALOGUE.iter().map(|entry| entry.name).chain(workers).any(|known| known == name)
}

fn test(arguments: &[&str], (variable, value): (&str, &OsStr)) -> Result<()> {
    let mut tests = cargo("test");
    tests.args(["--package", "tests"]).args(arguments).env(variable, value);
    let status = tests.status().map_err(Error::io("cargo test"))?;
    let command = || format!("{variable}={} cargo test --package tests {}", value.display(), arguments.join(" "));
    if status.success() { Ok(()) } else { Err(Error::form(command(), "failed, so it wrote nothing")) }
}

/// Functions and the grants that they used, from the files of a record.
fn used(record: &Path) -> Result<Vec<(String, Grant)>> {
    let mut used = Vec::new();
    for entry in std::fs::read_dir(record).map_err(Error::io(RECORD))? {
        let file = entry.map_err(Error::io(RECORD))?.path();
        if file.extension().is_some_and(|extension| extension == "grants") {
            let text = std::fs::read_to_string(&file).map_err(Error::io(file.display().to_string()))?;
            used.extend(text.lines().filter_map(line));
        }
    }
    Ok(used)
}

fn line(line: &str) -> Option<(String, Grant)> {
    let (function, grant) = line.split_once('\t')?;
    Some((function.to_owned(), grant.parse().ok()?))
}
