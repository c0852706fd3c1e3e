//! What may depend on what.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use tests::repository::{read, root};

use crate::sources;

/// A package of the workspace.
pub(crate) struct Package {
    pub name: String,
    /// From the root of the repository.
    pub folder: String,
    /// What its manifest names, for any use.
    pub dependencies: BTreeSet<String>,
}

/// All packages of the workspace, by their manifests. Cargo is not asked, so that no test starts it.
pub(crate) fn packages() -> Vec<Package> {
    let mut folders = Vec::new();
    for place in ["examples", "functions", "shared", "tests", "tools"] {
        find_manifests(&root().join(place), &mut folders);
    }
    let packages: Vec<_> = folders.iter().map(|folder| package(folder)).collect();
    assert!(packages.len() > 10, "the packages were not found");
    packages
}

fn find_manifests(folder: &Path, found: &mut Vec<String>) {
    if folder.join("Cargo.toml").is_file() {
        found.push(folder.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
    }
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let skipped = |path: &Path| ["node_modules", "src", "target"].iter().any(|name| path.ends_with(name));
    entries.filter(|path| path.is_dir() && !skipped(path)).for_each(|path| find_manifests(&path, found));
}

fn package(folder: &str) -> Package {
    let manifest: toml::Table = read(&format!("{folder}/Cargo.toml")).parse().unwrap();
    let name = manifest["package"]["name"].as_str().unwrap().to_owned();
    let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
    let tables = kinds.iter().filter_map(|kind| manifest.get(*kind)).filter_map(toml::Value::as_table);
    Package { name, folder: folder.to_owned(), dependencies: tables.flat_map(toml::Table::keys).cloned().collect() }
}

/// All crates that `package` can be built with, itself included, with any features and on any machine: by Cargo.lock.
fn closure(package: &str) -> BTreeSet<String> {
    let lock: toml::Table = read("Cargo.lock").parse().unwrap();
    let known = lock["package"].as_array().unwrap();
    let mut found = BTreeSet::from([package.to_owned()]);
    let mut open = vec![package.to_owned()];
    while let Some(name) = open.pop() {
        let same = known.iter().filter(|one| one["name"].as_str() == Some(&name));
        let needed = same.filter_map(|one| one.get("dependencies")?.as_array()).flatten();
        // `name`, or `name version` where there are several.
        let names = needed.map(|one| one.as_str().unwrap().split(' ').next().unwrap().to_owned());
        open.extend(names.filter(|name| found.insert(name.clone())));
    }
    found
}

#[test]
fn auth_needs_neither_aws_nor_lambda() {
    let closure = closure("auth");
    assert!(closure.contains("ring"), "{closure:?}");
    for name in closure {
        assert!(!name.starts_with("aws") && !name.starts_with("lambda") && name != "tokio", "auth depends on {name}");
    }
}

#[test]
fn dependencies_point_one_way() {
    let allowed = BTreeMap::from([
        ("operator", vec![]),
        ("auth", vec![]),
        ("store", vec!["auth", "operator"]),
        ("api", vec!["auth", "store"]),
        ("mail", vec!["store"]),
        ("functions", vec!["api", "auth", "mail", "store", "workspace-hack"]),
        ("catalogue", vec!["api", "auth", "mail", "store"]),
    ]);
    let packages = packages();
    for (name, allowed) in allowed {
        let package = packages.iter().find(|package| package.name == name).unwrap();
        for ours in packages.iter().filter(|ours| package.dependencies.contains(&ours.name)) {
            assert!(allowed.contains(&ours.name.as_str()), "{name} depends on {}", ours.name);
        }
    }
}

#[test]
fn only_tools_and_tests_can_act_as_the_operator() {
    for package in packages() {
        let depends = package.dependencies.contains("operator");
        // The store accepts the proof, but must not hand it on.
        let may = package.folder.starts_with("tools/") || package.folder == "tests" || package.name == "store";
        assert!(!depends || may, "{} depends on operator", package.name);
    }
    for (path, text) in sources() {
        if path.starts_with("shared/store") {
            assert!(
                !text.contains("pub use operator") && !text.contains("Operator::acting"),
                "{path} hands the operator on"
            );
        }
    }
}

#[test]
fn readme_says_why_each_direct_dependency_is_there() {
    let readme = read("README.md");
    let packages = packages();
    let ours: BTreeSet<_> = packages.iter().map(|package| package.name.clone()).collect();
    // This one only names features of what others depend on.
    for package in packages.iter().filter(|package| package.name != "workspace-hack") {
        for dependency in package.dependencies.difference(&ours) {
            assert!(readme.contains(&format!("`{dependency}`")), "README.md does not say why {dependency} is there");
        }
    }
}
