//! Rules of the repository that no compiler knows: what belongs together is there in every place, and nothing depends
//! on what it must not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use api::QueueName;
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};
use functions::CATALOGUE;
use local::{Grant, Template};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn metadata() -> Metadata {
    // What was not downloaded to build this, such as crates of other platforms, is not asked for.
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let options = ["--offline", "--filter-platform", host].map(str::to_owned);
    MetadataCommand::new().manifest_path(root().join("Cargo.toml")).other_options(options).exec().unwrap()
}

/// Name and route of every endpoint, as one place has them.
type Routes = BTreeSet<(String, String)>;

fn catalogue() -> Routes {
    CATALOGUE.iter().map(|entry| (entry.name.to_owned(), entry.route.to_string())).collect()
}

#[track_caller]
fn assert_same(place: &str, there: &Routes) {
    let catalogue = catalogue();
    let missing: Vec<_> = catalogue.difference(there).collect();
    let spare: Vec<_> = there.difference(&catalogue).collect();
    assert!(missing.is_empty() && spare.is_empty(), "{place} lacks {missing:?}, and has {spare:?} too many");
}

#[test]
fn b02_every_endpoint_file_is_in_the_catalogue_and_begins_with_its_route() {
    let files = fs::read_dir(root().join("functions/src/bin")).unwrap().map(|file| file.unwrap().path());
    let heads = files.map(|file| {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&file).unwrap();
        let head = text.strip_prefix("//! `").and_then(|text| text.split('`').next());
        (name, head.unwrap_or("no route in its first line").to_owned())
    });
    assert_same("functions/src/bin", &heads.collect());
}

#[test]
fn b02_template_yaml_has_every_endpoint() {
    let functions = Template::ours().unwrap().functions().unwrap();
    let routes = functions.iter().map(|f| (f.binary.clone(), format!("{} {}", f.method, f.path)));
    assert_same("template.yaml", &routes.collect());
    for function in &functions {
        let pascal: String = function.binary.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
        assert_eq!(function.id, pascal, "the logical id follows from the binary's name");
    }
}

#[test]
fn b02_cargo_lambda_watch_has_every_endpoint() {
    let manifest: toml::Table = read("functions/Cargo.toml").parse().unwrap();
    let router = manifest["package"]["metadata"]["lambda"]["watch"]["router"].as_table().unwrap();
    let routes = router.iter().flat_map(|(path, methods)| {
        methods.as_array().unwrap().iter().map(move |route| {
            let (method, function) = (route["method"].as_str().unwrap(), route["function"].as_str().unwrap());
            (function.to_owned(), format!("{method} {path}"))
        })
    });
    assert_same("functions/Cargo.toml", &routes.collect());
}

#[test]
fn readme_has_every_endpoint_with_its_level() {
    let readme = read("README.md");
    for entry in CATALOGUE {
        let row = format!("| `{}` | `{}` | {} |", entry.name, entry.route, entry.level);
        assert!(readme.contains(&row), "README.md lacks the row {row}");
    }
}

#[test]
fn only_functions_that_sign_can_read_the_seed() {
    for function in Template::ours().unwrap().functions().unwrap() {
        let entry = CATALOGUE.iter().find(|entry| entry.name == function.binary).unwrap();
        let told = function.variables.iter().any(|name| name == "SIGNING_SECRET_ID");
        let granted = function.grants.iter().any(|grant| grant.action.starts_with("secretsmanager:"));
        assert_eq!((told, granted), (entry.signs, entry.signs), "{}", function.binary);
    }
}

#[test]
fn only_functions_that_queue_jobs_know_the_queues() {
    for function in Template::ours().unwrap().functions().unwrap() {
        let entry = CATALOGUE.iter().find(|entry| entry.name == function.binary).unwrap();
        for queue in QueueName::ALL {
            let declared = entry.queues.contains(&queue);
            let told = function.variables.iter().any(|name| name == queue.variable());
            let resource = format!("{queue:?}Queue.Arn");
            let grant = Grant { action: "sqs:SendMessage".to_owned(), resource };
            let granted = function.grants.contains(&grant);
            assert_eq!((told, granted), (declared, declared), "{} and {queue:?}", function.binary);
        }
    }
}

#[test]
fn functions_without_a_route_are_in_every_place() {
    let files = fs::read_dir(root().join("functions/src/workers")).unwrap().map(|file| file.unwrap().path());
    let files: BTreeSet<_> = files.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    let manifest: toml::Table = read("functions/Cargo.toml").parse().unwrap();
    let bins = manifest["bin"].as_array().unwrap().iter();
    let bins: BTreeSet<_> = bins.map(|bin| bin["name"].as_str().unwrap().to_owned()).collect();
    let template = Template::ours().unwrap().workers().unwrap();
    let template: BTreeSet<_> = template.into_iter().map(|worker| worker.binary).collect();
    assert_eq!(files, bins, "functions/Cargo.toml");
    assert_eq!(files, template, "template.yaml");
}

#[test]
fn no_grant_has_a_wildcard() {
    let template = Template::ours().unwrap();
    for function in template.functions().unwrap().into_iter().chain(template.workers().unwrap()) {
        assert!(!function.grants.is_empty(), "{} has no grants", function.id);
        for grant in function.grants {
            assert!(!grant.action.contains('*') && !grant.resource.contains('*'), "{}: {grant:?}", function.id);
        }
    }
}

#[test]
fn the_policy_of_every_endpoint_is_the_reviewed_one() {
    let template = Template::ours().unwrap();
    let functions: Vec<_> = template.functions().unwrap().into_iter().chain(template.workers().unwrap()).collect();
    let grants = |name: &str| functions.iter().find(|f| f.binary == name).unwrap().grants.iter().cloned().collect();
    tests::assert_policy(grants);
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

/// Path and text of every Rust source.
fn sources() -> Vec<(String, String)> {
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
    for folder in ["functions", "shared", "tools", "tests"] {
        walk(&root().join(folder), &mut found);
    }
    assert!(found.len() > 50, "the sources were not found");
    found
}

/// Types keep proofs from being forged by mistake. Whoever wants to could still bring keys and records of their own to
/// a guard, or a hash of their own to a password check: so nobody but the app does any of it.
#[test]
fn only_the_app_makes_what_makes_proofs() {
    let makers =
        ["Guard::new", "KeySource for", "LiveSource for", "SigningKey::new", "auth::issue", "PasswordPolicy::owasp"];
    let at_home = ["shared/auth/", "shared/api/src/app.rs", "shared/api/src/issuer.rs", "tests/"];
    let sources_of_the_store = ["shared/store/src/live.rs", "shared/store/src/signing_keys.rs"];
    for (path, text) in sources() {
        let allowed = at_home.iter().chain(&sources_of_the_store).any(|place| path.starts_with(place));
        let found = makers.iter().find(|maker| text.contains(**maker));
        assert!(allowed || found.is_none(), "{path} makes proofs: {found:?}");
        let reads_anybody = text.contains("users.credentials(") || text.contains("check_password(");
        let signs_in = ["functions/src/bin/tokens_", "shared/api/src/passwords.rs", "tests/"]
            .iter()
            .any(|place| path.starts_with(place));
        assert!(signs_in || !reads_anybody, "{path} reads accounts without a proof");
        let mails = ["functions/src/workers/mail_send.rs", "tests/"].iter().any(|place| path.starts_with(place));
        assert!(mails || !text.contains("users.recipient("), "{path} looks up whom to mail");
    }
}

#[test]
fn sources_are_short_and_tests_do_not_sleep_or_hide() {
    // Put together here, so that this file does not trip over itself.
    let (sleep, ignore, todo) = (["sleep", "("].concat(), ["#[ign", "ore"].concat(), ["TO", "DO"].concat());
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= 400, "{path} has {lines} lines");
        assert!(!text.contains(&ignore), "{path} switches a test off");
        assert!(!text.contains(&todo), "{path} is unfinished");
        assert!(!path.starts_with("tests/") || !text.contains(&sleep), "{path} sleeps");
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
