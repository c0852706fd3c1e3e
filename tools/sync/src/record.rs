use std::path::Path;

use catalogue::{CATALOGUE, TASKS, WORKERS};
use local::Grant;
use project::{Error, Result};
use xtask::cargo;

use crate::grants::Grants;

/// The test that makes the good call of every endpoint, as every kind of caller.
const MATRIX: &str = "every_endpoint_admits_exactly_the_callers_of_its_level";
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
    let record = root.join(RECORD);
    match std::fs::remove_dir_all(&record) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::io(RECORD)(error)),
        _ => {}
    }
    test(&record, &["--test", "access", MATRIX])?;
    for suite in suites {
        test(&record, &["--test", suite])?;
    }
    let mut grants = Grants::read(root)?;
    let used = used(&record)?;
    for function in functions {
        let new = used.iter().filter(|(user, _)| user == function).map(|(_, grant)| grant.clone());
        grants.0.entry(function.clone()).or_default().extend(new);
    }
    Ok(grants)
}

/// Whether an endpoint, a worker or a task has this name.
fn is_function(name: &str) -> bool {
    let workers = WORKERS.iter().map(|worker| worker.name).chain(TASKS.iter().map(|task| task.name));
    CATALOGUE.iter().map(|entry| entry.name).chain(workers).any(|known| known == name)
}

fn test(record: &Path, arguments: &[&str]) -> Result<()> {
    let mut tests = cargo("test");
    tests.args(["--package", "tests"]).args(arguments).env("TEST_RECORD", record);
    let status = tests.status().map_err(Error::io("cargo test"))?;
    if status.success() { Ok(()) } else { Err(Error::form("cargo test", "failed, so nothing was recorded")) }
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
    let (action, resource) = grant.split_once('\t')?;
    Some((function.to_owned(), Grant { action: action.to_owned(), resource: resource.to_owned() }))
}
