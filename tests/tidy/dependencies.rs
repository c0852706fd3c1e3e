//! What may depend on what.

use std::collections::{BTreeMap, HashSet};
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};

use tests::repository::{read, root};

use crate::sources;

pub(crate) fn metadata() -> Metadata {
    // What was not downloaded to build this, such as crates of other platforms, is not asked for.
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let options = ["--offline", "--filter-platform", host].map(str::to_owned);
    MetadataCommand::new().manifest_path(root().join("Cargo.toml")).other_options(options).exec().unwrap()
}

/// All packages that `package` is built with, itself included.
fn closure(metadata: &Metadata, package: &str) -> HashSet<PackageId> {
    let resolve = metadata.resolve.as_ref().unwrap();
    let start = &metadata.packages.iter().find(|known| known.name == package).unwrap().id;
    let mut found = HashSet::from([start.clone()]);
    let mut open = vec![start.clone()];
    while let Some(id) = open.pop() {
        let node = resolve.nodes.iter().find(|node| node.id == id).unwrap();
        let normal =
            node.deps.iter().filter(|dep| dep.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal));
        open.extend(normal.map(|dep| dep.pkg.clone()).filter(|dep| found.insert(dep.clone())));
    }
    found
}

#[test]
fn auth_needs_neither_aws_nor_lambda() {
    let metadata = metadata();
    for id in closure(&metadata, "auth") {
        let name = metadata[&id].name.as_str();
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
        ("functions", vec!["api", "auth", "mail", "store"]),
    ]);
    let metadata = metadata();
    let ours: HashSet<&str> = metadata.workspace_packages().iter().map(|package| package.name.as_str()).collect();
    for package in metadata.workspace_packages() {
        let Some(allowed) = allowed.get(package.name.as_str()) else { continue };
        let deps = package.dependencies.iter().map(|dep| dep.name.as_str()).filter(|name| ours.contains(name));
        for dep in deps {
            assert!(allowed.contains(&dep), "{} depends on {dep}", package.name);
        }
    }
}

#[test]
fn only_tools_and_tests_can_act_as_the_operator() {
    let metadata = metadata();
    for package in metadata.workspace_packages() {
        let depends = package.dependencies.iter().any(|dep| dep.name == "operator");
        let folder = package.manifest_path.strip_prefix(root()).unwrap().to_string();
        // The store accepts the proof, but must not hand it on.
        let may = folder.starts_with("tools/") || folder.starts_with("tests/") || package.name == "store";
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
    let metadata = metadata();
    let ours: HashSet<String> = metadata.workspace_packages().iter().map(|package| package.name.to_string()).collect();
    for package in metadata.workspace_packages() {
        for dep in package.dependencies.iter().filter(|dep| !ours.contains(&dep.name)) {
            assert!(readme.contains(&format!("`{}`", dep.name)), "README.md does not say why {} is there", dep.name);
        }
    }
}
