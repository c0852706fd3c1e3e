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
    /// What it depends on directly: for any use, with any feature, and on any machine.
    pub dependencies: BTreeSet<String>,
}

/// All packages of the workspace. Their names are what Cargo.lock has without a source, so none is missed; cargo is not
/// asked, so that no test starts it.
pub(crate) fn packages() -> Vec<Package> {
    let (mut folders, lock) = (BTreeMap::new(), lock());
    find_manifests(&root(), &mut folders);
    let ours = lock["package"].as_array().unwrap().iter().filter(|package| package.get("source").is_none());
    let ours = ours.map(|package| {
        let name = package["name"].as_str().unwrap().to_owned();
        let folder = folders.get(&name).unwrap_or_else(|| panic!("{name} has no manifest")).clone();
        Package { dependencies: dependencies(package).collect(), name, folder }
    });
    let ours: Vec<_> = ours.collect();
    assert!(ours.len() > 10, "the packages were not found");
    ours
}

fn lock() -> toml::Table {
    read("Cargo.lock").parse().unwrap()
}

/// The names of what a package of Cargo.lock depends on: `name`, or `name version` where there are several.
fn dependencies(package: &toml::Value) -> impl Iterator<Item = String> {
    let all = package.get("dependencies").and_then(toml::Value::as_array).into_iter().flatten();
    all.map(|one| one.as_str().unwrap().split(' ').next().unwrap().to_owned())
}

/// The folders of all manifests, by the names of their packages.
fn find_manifests(folder: &Path, found: &mut BTreeMap<String, String>) {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    let manifest: toml::Table = manifest.parse().unwrap();
    if let Some(package) = manifest.get("package") {
        let folder = folder.strip_prefix(root()).unwrap().to_str().unwrap();
        found.insert(package["name"].as_str().unwrap().to_owned(), folder.to_owned());
    }
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let skipped = [".aws-sam", ".git", "node_modules", "src", "target"];
    let skipped = |path: &Path| skipped.iter().any(|name| path.ends_with(name));
    entries.filter(|path| path.is_dir() && !skipped(path)).for_each(|path| find_manifests(&path, found));
}

/// All crates that `package` can be built with, itself included, with any features and on any machine.
fn closure(package: &str) -> BTreeSet<String> {
    let lock = lock();
    let known = lock["package"].as_array().unwrap();
    let mut found = BTreeSet::from([package.to_owned()]);
    let mut open = vec![package.to_owned()];
    while let Some(name) = open.pop() {
        let same = known.iter().filter(|one| one["name"].as_str() == Some(&name));
        open.extend(same.flat_map(dependencies).filter(|name| found.insert(name.clone())));
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

/// Whether a crate would be there without `workspace-hack`.
fn used_by_others(dependency: &str) -> bool {
    let lock = lock();
    let others = lock["package"].as_array().unwrap().iter();
    let mut others = others.filter(|package| package["name"].as_str() != Some("workspace-hack"));
    others.any(|package| dependencies(package).any(|name| name == dependency))
}

#[test]
fn readme_says_why_each_direct_dependency_is_there() {
    let readme = read("README.md");
    let packages = packages();
    let ours: BTreeSet<_> = packages.iter().map(|package| package.name.clone()).collect();
    for package in &packages {
        for dependency in package.dependencies.difference(&ours) {
            // This one only names features of what others depend on.
            let elsewhere = package.name == "workspace-hack" && used_by_others(dependency);
            assert!(
                elsewhere || readme.contains(&format!("`{dependency}`")),
                "README.md does not say why {dependency} is there"
            );
        }
    }
}
