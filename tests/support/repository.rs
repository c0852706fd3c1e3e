//! The repository itself, as tests look at it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Where it is.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The text of a file.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Path and text of every Rust source in these folders.
pub fn sources(folders: &[&str]) -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                walk(&entry, found);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                let path = entry.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
                found.push((path, fs::read_to_string(&entry).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    folders.iter().for_each(|folder| walk(&root().join(folder), &mut found));
    assert!(found.len() > 50, "the sources were not found");
    found
}

/// The names of all suites.
pub fn suites() -> Vec<String> {
    let manifest: toml::Table = read("tests/Cargo.toml").parse().unwrap();
    let suites = manifest["test"].as_array().unwrap().iter();
    suites.map(|suite| suite["name"].as_str().unwrap().to_owned()).collect()
}

/// All resources of a type that template.yaml's [source](local::Template::source) has, by their ids.
pub fn resources(source: &Value, kind: &str) -> BTreeMap<String, Value> {
    let all = source["Resources"].as_object().unwrap().iter().filter(|(_, resource)| resource["Type"] == kind);
    all.map(|(id, resource)| (id.clone(), resource.clone())).collect()
}

/// Cargo as if it were called by hand, in the repository. What it told this test of its package is forgotten: `ring` is
/// built anew whenever that changes, and with it everything above, now and again at the next call.
pub fn cargo() -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    let told = |name: &String| name.starts_with("CARGO_MANIFEST_") || name.starts_with("CARGO_PKG_");
    for name in std::env::vars().map(|(name, _)| name).filter(told) {
        cargo.env_remove(name);
    }
    cargo.current_dir(root());
    cargo
}

/// The folder with these executables, built first. The whole workspace is named so that the features are those of the
/// tests themselves, and nothing is compiled twice.
pub fn executables<'a>(names: impl IntoIterator<Item = &'a str>) -> PathBuf {
    let mut cargo = cargo();
    cargo.args(["build", "--workspace", "--quiet"]).args(names.into_iter().map(|name| format!("--bin={name}")));
    assert!(cargo.status().unwrap().success(), "the executables could not be built");
    // target/debug/deps/processes-... -> target/debug
    std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().to_owned()
}
