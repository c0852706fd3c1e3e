//! The files of this repository, for tests of the repository itself.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use local::Template;
use serde_json::Value;

/// The project's own template, read once for all tests of a suite.
pub static TEMPLATE: LazyLock<Template> = LazyLock::new(|| Template::ours().unwrap());

/// The root folder.
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

/// The folders of the domains: the packages at the top of the repository.
pub static DOMAINS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let members = manifest["workspace"]["members"].as_array().unwrap().iter().map(|member| member.as_str().unwrap());
    let at_the_top = members.filter(|member| !member.contains('/') && !["functions", "tests"].contains(member));
    at_the_top.map(str::to_owned).collect()
});

/// Names and the [`DOMAINS`].
pub fn with_domains<'a>(names: &[&'a str]) -> Vec<&'a str> {
    names.iter().copied().chain(DOMAINS.iter().map(String::as_str)).collect()
}

/// Whether a file belongs to one of the [`DOMAINS`].
pub fn in_domain(path: &str) -> bool {
    DOMAINS.iter().any(|domain| path.strip_prefix(domain.as_str()).is_some_and(|rest| rest.starts_with('/')))
}

/// Path and text of every `tests/<suite>/calls.json`, which has good calls of endpoints.
pub fn calls() -> Vec<(String, String)> {
    let suites = fs::read_dir(root().join("tests")).unwrap().map(|entry| entry.unwrap().file_name());
    let files = suites.map(|suite| format!("tests/{}/calls.json", suite.to_string_lossy()));
    let mut files: Vec<String> = files.filter(|file| root().join(file).is_file()).collect();
    files.sort();
    files.into_iter().map(|file| (file.clone(), read(&file))).collect()
}

/// The names of all suites.
pub fn suites() -> Vec<String> {
    let manifest: toml::Table = read("tests/Cargo.toml").parse().unwrap();
    let suites = manifest["test"].as_array().unwrap().iter();
    suites.map(|suite| suite["name"].as_str().unwrap().to_owned()).collect()
}

/// All resources of a type in template.yaml's [source](local::Template::source), by their ids.
pub fn resources(source: &Value, kind: &str) -> BTreeMap<String, Value> {
    let all = source["Resources"].as_object().unwrap().iter().filter(|(_, resource)| resource["Type"] == kind);
    all.map(|(id, resource)| (id.clone(), resource.clone())).collect()
}

/// The executable of this name in the folder `TEST_EXECUTABLES`, which `cargo xtask test` builds.
pub fn executable(name: &str) -> PathBuf {
    executable_in("TEST_EXECUTABLES", name)
}

/// The executable of this name in the folder that an environment variable names. The folder has the layout of cargo or
/// of `cargo lambda build`.
pub fn executable_in(variable: &str, name: &str) -> PathBuf {
    let folder = std::env::var_os(variable).map(PathBuf::from);
    let folder =
        folder.unwrap_or_else(|| panic!("set {variable} to the folder with {name}, or run `cargo xtask test`"));
    let candidates = [folder.join(name).join("bootstrap"), folder.join(name)];
    let found = candidates.into_iter().find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("{} has no executable {name}", folder.display()))
}
