//! The allowed dependencies between crates.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use catalogue::{CATALOGUE, CODES, EVENTS, WORKERS};
use local::Template;
use tests::repository::{DOMAINS, in_domain, read, root, with_domains};

use crate::sources;

/// A package of the workspace.
pub(crate) struct Package {
    pub name: String,
    /// The direct dependencies of any kind, with any feature, and on any machine.
    pub dependencies: BTreeSet<String>,
}

/// All packages of the workspace: the packages in Cargo.lock without a source. So no test has to start cargo.
pub(crate) fn packages() -> Vec<Package> {
    let (mut folders, lock) = (BTreeMap::new(), lock());
    find_manifests(&root(), &mut folders);
    let ours = lock["package"].as_array().unwrap().iter().filter(|package| package.get("source").is_none());
    let ours = ours.map(|package| {
        let name = package["name"].as_str().unwrap().to_owned();
        assert!(folders.contains_key(&name), "{name} has no manifest");
        Package { dependencies: dependencies(package).collect(), name }
    });
    let ours: Vec<_> = ours.collect();
    assert!(ours.len() > 10, "the packages were not found");
    ours
}

fn lock() -> toml::Table {
    read("Cargo.lock").parse().unwrap()
}

/// The names of a package's dependencies in Cargo.lock, which lists `name`, or `name version` to tell versions apart.
fn dependencies(package: &toml::Value) -> impl Iterator<Item = String> {
    let all = package.get("dependencies").and_then(toml::Value::as_array).into_iter().flatten();
    all.map(|one| one.as_str().unwrap().split(' ').next().unwrap().to_owned())
}

/// The folders of all manifests, by the name of the package.
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

/// `package` and all its direct and indirect dependencies, with any features and on any machine.
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
    let closure = closure("secure-endpoints-auth");
    assert!(closure.contains("ring"), "{closure:?}");
    for name in closure {
        assert!(!name.starts_with("aws") && !name.starts_with("lambda") && name != "tokio", "auth depends on {name}");
    }
}

/// The short name of a package that users can take from git.
fn short(name: &str) -> &str {
    name.strip_prefix("secure-endpoints-").unwrap_or(name)
}

#[test]
fn dependencies_point_one_way() {
    let allowed = BTreeMap::from([
        ("operator", vec![]),
        ("auth", vec![]),
        ("dynamo", vec!["auth"]),
        ("mail", vec!["dynamo"]),
        ("passkeys", vec!["auth"]),
        ("api", vec!["auth", "dynamo", "operator"]),
        ("identity", vec!["api", "auth", "dynamo", "mail", "operator", "passkeys"]),
        ("functions", with_domains(&["api", "auth", "identity", "mail", "workspace-hack"])),
        ("catalogue", with_domains(&["api", "auth", "identity", "mail"])),
    ]);
    let domains = DOMAINS.iter().map(|domain| (domain.as_str(), vec!["api", "auth", "dynamo", "operator"]));
    let packages = packages();
    for (name, allowed) in allowed.into_iter().chain(domains) {
        let package = packages.iter().find(|package| short(&package.name) == name).unwrap();
        for ours in packages.iter().filter(|ours| package.dependencies.contains(&ours.name)) {
            assert!(allowed.contains(&short(&ours.name)), "{name} depends on {}", ours.name);
        }
    }
}

/// A request's code must not act as the operator, and reaches tables through the crates that own them.
#[test]
fn functions_know_neither_the_operator_nor_the_database() {
    let (mut checked, out_of_reach) = (0, ["secure-endpoints-operator", "secure-endpoints-dynamo", "aws-sdk-dynamodb"]);
    for package in packages().iter().filter(|package| ["functions", "catalogue"].contains(&package.name.as_str())) {
        let found: Vec<_> = out_of_reach.iter().filter(|name| package.dependencies.contains(**name)).collect();
        assert!(found.is_empty(), "{} depends on {found:?}", package.name);
        checked += 1;
    }
    assert_eq!(checked, 2);
    for (path, text) in sources().iter().filter(|(path, _)| path.starts_with("shared/") || in_domain(path)) {
        assert!(!text.contains("pub use operator"), "{path} hands the operator on");
        assert!(!text.contains("::acting"), "{path} acts as the operator");
    }
}

#[test]
fn the_framework_names_no_domain() {
    let template = Template::ours().unwrap();
    let own = ["audit", "idempotency", "rate_limits"];
    let tables = template.tables().map(|(name, _)| name);
    let tables: Vec<String> = tables.filter(|name| !own.contains(&name.as_str())).collect();
    let ours = CODES.iter().skip(1).copied().flatten().map(|code| code.as_str());
    let events = EVENTS.iter().skip(1).copied().flatten().copied();
    let jobs = WORKERS.iter().flat_map(|worker| worker.jobs).copied();
    let paths = CATALOGUE.iter().map(|entry| entry.route.path);
    let words: Vec<&str> =
        tables.iter().map(String::as_str).chain(ours).chain(events).chain(jobs).chain(paths).collect();
    assert!(words.len() > 50, "{words:?}");
    for (path, text) in sources() {
        if path.starts_with("shared/api/") || path.starts_with("shared/dynamo/") {
            let code = text.split("#[cfg(test)]").next().unwrap();
            let found: Vec<_> = words.iter().filter(|word| code.contains(&format!("\"{word}\""))).collect();
            assert!(found.is_empty(), "{path} names {found:?}");
        }
    }
}

/// Whether a package other than `workspace-hack` needs the crate.
fn used_by_others(dependency: &str) -> bool {
    let lock = lock();
    let others = lock["package"].as_array().unwrap().iter();
    let mut others = others.filter(|package| package["name"].as_str() != Some("workspace-hack"));
    others.any(|package| dependencies(package).any(|name| name == dependency))
}

#[test]
fn each_direct_dependency_has_its_reason() {
    let reasons = read("docs/dependencies.md");
    let packages = packages();
    let ours: BTreeSet<_> = packages.iter().map(|package| package.name.clone()).collect();
    for package in &packages {
        for dependency in package.dependencies.difference(&ours) {
            // `workspace-hack` only sets features of other packages' dependencies.
            let elsewhere = package.name == "workspace-hack" && used_by_others(dependency);
            assert!(
                elsewhere || reasons.contains(&format!("`{dependency}`")),
                "docs/dependencies.md does not say why {dependency} is there"
            );
        }
    }
}
