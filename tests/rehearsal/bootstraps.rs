//! The executables of an untrusted build: `.ci/take-bootstraps` takes them over, `functions/Makefile` copies them.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};

use local::Template;
use tempfile::TempDir;
use tests::repository::root;

/// A folder with an executable for each function, as an artifact has them: not executable.
fn artifact() -> TempDir {
    let folder = TempDir::new().unwrap();
    for function in Template::ours().unwrap().all_functions().unwrap() {
        let place = folder.path().join("untrusted").join(&function.id);
        fs::create_dir_all(&place).unwrap();
        fs::write(place.join("bootstrap"), format!("executable of {}", function.id)).unwrap();
    }
    fs::write(folder.path().join("outside"), "a secret of the machine").unwrap();
    folder
}

fn take(folder: &Path) -> Output {
    let script = Command::new(root().join(".ci/take-bootstraps"))
        .args(["untrusted", "bootstraps"].map(|name| folder.join(name)))
        .output();
    script.unwrap()
}

#[test]
fn the_bootstrap_of_every_function_is_taken_and_built_without_cargo() {
    let folder = artifact();
    let taken = take(folder.path());
    let functions = Template::ours().unwrap().all_functions().unwrap();
    let said = format!("{} bootstraps\n", functions.len());
    assert_eq!(String::from_utf8(taken.stdout).unwrap(), said, "{}", String::from_utf8_lossy(&taken.stderr));
    let (bin, artifacts) = (folder.path().join("bin"), folder.path().join("built"));
    [&bin, &artifacts].iter().for_each(|folder| fs::create_dir(folder).unwrap());
    symlink("/bin/false", bin.join("cargo")).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    for function in functions {
        let made = Command::new("make")
            .args(["-f", "../../../functions/Makefile", &format!("build-{}", function.id)])
            .current_dir(root().join("tools/architectures/arm64"))
            .env("BOOTSTRAPS", folder.path().join("bootstraps"))
            .env("ARTIFACTS_DIR", &artifacts)
            .env("PATH", &path)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let built = artifacts.join("bootstrap");
        assert_eq!(fs::read_to_string(&built).unwrap(), format!("executable of {}", function.id));
        assert_eq!(fs::metadata(&built).unwrap().permissions().mode() & 0o777, 0o755);
    }
}

/// How an artifact is spoilt, given its folder, and the words of the refusal.
type Spoilt = (fn(&Path), &'static str);

const SPOILT: &[Spoilt] = &[
    (|at| fs::write(at.join("template.yaml"), "Resources: {}").unwrap(), "must not have ['template.yaml']"),
    (|at| fs::write(at.join("Makefile"), "build-Health:").unwrap(), "must not have ['Makefile']"),
    (|at| fs::write(at.join("Health/Makefile"), "build-Health:").unwrap(), "Health: must not have ['Makefile']"),
    (|at| fs::write(at.join("Health/.hidden"), "").unwrap(), "Health: must not have ['.hidden']"),
    (|at| fs::create_dir(at.join("Other")).unwrap(), "must not have ['Other']"),
    (|at| fs::rename(at.join("Health"), at.join("health")).unwrap(), "must not have ['health'], lacks ['Health']"),
    (|at| fs::remove_dir_all(at.join("Health")).unwrap(), "lacks ['Health']"),
    (|at| fs::remove_file(at.join("Health/bootstrap")).unwrap(), "Health: must not have [], lacks ['bootstrap']"),
    (|at| replace(at, "Health/bootstrap", |it| symlink("../../outside", it).unwrap()), "is no regular file"),
    (|at| replace(at, "Health/bootstrap", |it| symlink("../Jwks/bootstrap", it).unwrap()), "is no regular file"),
    (|at| replace(at, "Health/bootstrap", |it| fs::create_dir(it).unwrap()), "is no regular file"),
    (|at| replace(at, "Health/bootstrap", pipe), "is no regular file"),
    (|at| replace(at, "Health", |it| symlink("Jwks", it).unwrap()), "Health is no folder"),
    (|at| replace(at, "Health", |it| fs::write(it, "").unwrap()), "Health is no folder"),
    (|at| replace(at, "", |it| symlink("/", it).unwrap()), "untrusted is no folder"),
    (|at| replace(at, "Health/bootstrap", |it| drop(File::create(it).unwrap())), "is empty, or larger than"),
    (
        |at| replace(at, "Health/bootstrap", |it| File::create(it).unwrap().set_len((100 << 20) + 1).unwrap()),
        "is empty, or larger than 104857600 bytes",
    ),
];

fn replace(folder: &Path, name: &str, with: fn(&Path)) {
    let place = if name.is_empty() { folder.to_owned() } else { folder.join(name) };
    if place.is_dir() { fs::remove_dir_all(&place) } else { fs::remove_file(&place) }.unwrap();
    with(&place);
}

fn pipe(place: &Path) {
    assert!(Command::new("mkfifo").arg(place).status().unwrap().success());
}

#[test]
fn an_artifact_with_anything_but_the_bootstraps_is_refused() {
    for (spoil, refusal) in SPOILT {
        let folder = artifact();
        spoil(&folder.path().join("untrusted"));
        let taken = take(folder.path());
        let said = String::from_utf8(taken.stderr).unwrap();
        assert!(!taken.status.success(), "{refusal}: taken");
        assert!(said.starts_with("FAIL ") && said.contains(refusal) && said.lines().count() == 1, "{refusal}: {said}");
    }
}
