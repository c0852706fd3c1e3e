//! `cargo project start`, tried on a copy of the repository.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::path::{Path, PathBuf};
use std::process::Command;

use project::Result;
use project::start::{LONGEST, Start, Started, start};
use tempfile::TempDir;

const FILES: [&str; 5] = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
/// In files of this command, names are examples.
const EXAMPLES: [&str; 2] = ["tools/project/src/start/", "tools/project/src/commands/start.rs"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// Runs a command that must succeed.
fn run(root: &Path, command: &str, arguments: &[&str]) -> String {
    let mut running = Command::new(command);
    running.args(arguments).current_dir(root).env_remove("CARGO_MANIFEST_DIR");
    let done = running.output().unwrap();
    assert!(done.status.success(), "{command} {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn git(root: &Path, arguments: &[&str]) -> String {
    run(root, "git", &[&["-c", "user.name=test", "-c", "user.email=test@example.com"], arguments].concat())
}

/// A clone of this repository as it is now, with everything committed.
fn clone() -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for path in git(&root(), &FILES).split_terminator('\0').filter(|path| root().join(path).is_file()) {
        let to = copy.path().join(path);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(root().join(path), to).unwrap();
    }
    git(copy.path(), &["init", "--quiet"]);
    commit(copy.path());
    copy
}

fn commit(root: &Path) {
    git(root, &["add", "--all"]);
    git(root, &["commit", "--quiet", "--message", "All"]);
}

/// The contents and permissions of all files but those that git ignores.
fn files(root: &Path) -> BTreeMap<String, (Vec<u8>, Permissions)> {
    let paths = git(root, &FILES);
    let there = paths.split_terminator('\0').filter(|path| root.join(path).exists());
    let read = |path: &str| (fs::read(root.join(path)).unwrap(), fs::metadata(root.join(path)).unwrap().permissions());
    there.map(|path| (path.to_owned(), read(path))).collect()
}

fn started(root: &Path, name: &str) -> Result<Started> {
    started_with(root, &Start { name, without_shop: false, allow_dirty: false })
}

fn started_with(root: &Path, options: &Start<'_>) -> Result<Started> {
    start(root, options, |_| (), || Ok(()))
}

/// The name in Cargo.toml.
fn name(root: &Path) -> String {
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let section = manifest.split("[workspace.metadata.project]\n").nth(1).unwrap();
    section.lines().find_map(|line| line.strip_prefix("name = ")).unwrap().trim_matches('"').to_owned()
}

/// The lines that have a name in any form.
fn lines_with(root: &Path, name: &str) -> Vec<String> {
    let word = name.split('-').collect::<Vec<_>>().join("[-_ ]?");
    let pattern = format!("(^|[^a-z0-9]){word}($|[^a-z0-9])");
    let excluded = EXAMPLES.map(|path| format!(":!{path}"));
    let excluded = excluded.each_ref().map(String::as_str);
    let search = [&["grep", "--untracked", "-n", "-I", "-i", "-E", &pattern, "--", "."][..], &excluded].concat();
    let found = Command::new("git").args(search).current_dir(root).output().unwrap();
    assert!(found.stderr.is_empty(), "{}", String::from_utf8_lossy(&found.stderr));
    String::from_utf8(found.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// Everything fits together: no old name, the lock file, the format.
fn check(root: &Path, old: &str, new: &str) {
    assert_eq!(lines_with(root, old), [""; 0]);
    assert!(lines_with(root, new).len() > 40, "the search finds names");
    assert_eq!(name(root), new);
    check_cargo(root);
}

/// Cargo has nothing to change.
fn check_cargo(root: &Path) {
    let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap();
    let packages = lock.lines().filter(|line| line.starts_with("name = "));
    assert!(packages.clone().count() > 100 && packages.is_sorted(), "Cargo.lock is sorted");
    // Unlike `cargo metadata`, this needs no package of other systems.
    run(root, env!("CARGO"), &["update", "--workspace", "--locked", "--offline"]);
    run(root, env!("CARGO"), &["fmt", "--all", "--check"]);
}

#[test]
fn a_started_project_has_no_old_name_and_can_be_started_again() {
    let copy = clone();
    let root = copy.path();
    let original = name(root);
    started(root, "acme").unwrap();
    check(root, &original, "acme");
    let changelog = fs::read_to_string(root.join("CHANGELOG.md")).unwrap();
    assert!(changelog.ends_with("\n## [Unreleased]\n\n- Started from version 0.1.0 of the original project.\n"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    assert!(!readme.contains("cargo project start"));

    commit(root);
    fs::write(root.join("CHANGELOG.md"), changelog + "- Mine.\n").unwrap();
    commit(root);
    // The name in the help.
    started(root, "blue-river").unwrap();
    check(root, "acme", "blue-river");
    assert!(fs::read_to_string(root.join("CHANGELOG.md")).unwrap().ends_with("project.\n- Mine.\n"), "it is kept");
    commit(root);
    started(root, &original).unwrap();
    // Only what the first start removes is different.
    check(root, "blue-river", &original);
    let template = |root: &Path| fs::read_to_string(root.join("template.yaml")).unwrap();
    assert_eq!(template(root), template(&self::root()));
}

/// Files that `cargo project sync` writes again.
const SYNCED: [&str; 3] = ["docs/openapi.json", "docs/policy.txt", "functions/Cargo.toml"];

#[test]
fn without_the_shop_only_written_files_name_it() {
    let copy = clone();
    let root = copy.path();
    let options = Start { name: "acme", without_shop: true, allow_dirty: false };
    started_with(root, &options).unwrap();
    let words = ["grep", "--untracked", "-l", "-I", "-w", "-E", "shop|products|favorites|[Ff]avourites?", "--", "."];
    // A licence has the word "products".
    let licences = ":!shared/auth/assets/common_passwords.LICENSES";
    let excluded = EXAMPLES.map(|path| format!(":!{path}"));
    let found = git(root, &[&words[..], &[licences], &excluded.each_ref().map(String::as_str)].concat());
    assert_eq!(found.lines().collect::<Vec<_>>(), SYNCED);
    assert!(!root.join("shop").exists() && !root.join("tests/shop").exists(), "no empty folder is left");
    check_cargo(root);

    commit(root);
    let again = started_with(root, &Start { name: "beta", ..options }).unwrap_err().to_string();
    assert_eq!(again, "The example domain is gone already: leave out --without-shop");
}

/// Starts a project that must be refused, with nothing changed, and returns the cause.
fn refused(root: &Path, name: &str) -> String {
    let before = files(root);
    let cause = started(root, name).unwrap_err().to_string();
    assert!(before == files(root), "{cause}: files are changed");
    assert!(!cause.contains('\n'), "{cause}");
    cause
}

#[test]
fn what_is_refused_changes_no_file() {
    let copy = clone();
    let root = copy.path();
    assert!(refused(root, &name(root)).ends_with("already"));
    assert!(refused(root, "Acme").contains("it must begin with a letter"));
    for used in ["api", "auth", "functions", "identity", "local", "tests", "tokio", "serde"] {
        assert!(refused(root, used).contains("it is in use, in "), "{used}");
    }
    fs::write(root.join("README.md"), "changed").unwrap();
    fs::write(root.join("new"), "").unwrap();
    let cause = refused(root, "acme");
    assert_eq!(cause, "Changes are not committed (README.md and 1 more): commit them first, or pass --allow-dirty");
    started_with(root, &Start { name: "acme", without_shop: false, allow_dirty: true }).unwrap();
}

#[test]
fn a_failure_at_the_end_changes_no_file() {
    let copy = clone();
    let root = copy.path();
    // Cargo refuses it when the lock file is updated, after everything is renamed.
    let manifest = fs::read_to_string(root.join("shared/mail/Cargo.toml")).unwrap();
    fs::write(root.join("shared/mail/Cargo.toml"), manifest.replace("edition.workspace = true", "edition = \"1\""))
        .unwrap();
    commit(root);
    let before = files(root);
    let cause = started(root, "acme").unwrap_err().to_string();
    assert!(cause.starts_with("Cargo.toml: "), "{cause}");
    assert!(before == files(root), "files are changed");
    assert_eq!(git(root, &["status", "--porcelain"]), "");
}

#[test]
fn a_folder_without_a_repository_is_refused() {
    let copy = clone();
    fs::remove_dir_all(copy.path().join(".git")).unwrap();
    let cause = started(copy.path(), "acme").unwrap_err().to_string();
    assert!(
        cause.ends_with("is no git repository: run `git init && git add . && git commit -m Start` first"),
        "{cause}"
    );
}

/// Functions, their roles and log groups have names of at most 64 characters, with 12 that CloudFormation appends.
#[test]
fn the_longest_name_fits_every_function_of_the_template() {
    let template = fs::read_to_string(root().join("template.yaml")).unwrap();
    let lines: Vec<_> = template.lines().collect();
    let ids = lines.windows(2).filter(|pair| pair.ends_with(&["    Type: AWS::Serverless::Function"]));
    let ids: Vec<_> = ids.map(|pair| pair.first().unwrap().trim().trim_end_matches(':')).collect();
    assert!(ids.len() > 20, "{ids:?}");
    for id in ids {
        let role = format!("{}-prod-{id}Role-{}", "n".repeat(LONGEST), "x".repeat(12));
        assert!(role.len() <= 64, "{role}");
    }
}
