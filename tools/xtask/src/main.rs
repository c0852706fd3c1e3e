//! Commands of this project: `cargo xtask test`.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use xtask::{cargo, root};

const USAGE: &str = "\
Usage: cargo xtask test [processes]

  test              builds the executables that tests start, and runs all tests that need nothing but Rust
  test processes    runs only the tests that start executables";

/// The executables that `tests/processes` starts, and their packages.
const PACKAGES: [&str; 3] = ["local", "admin", "functions"];
const EXECUTABLES: [&str; 10] = [
    "local",
    "admin",
    "health",
    "jwks",
    "mail_send",
    "passkey_challenge",
    "tokens_issue",
    "tokens_refresh",
    "tokens_second_factor",
    "users_me",
];

/// Arguments of `cargo test` for these tests.
const PROCESSES: &[&str] = &["--no-fail-fast", "--test=processes"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["test"] => test(&[&["--no-fail-fast"], PROCESSES]),
        ["test", "processes"] => test(&[PROCESSES]),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// Builds the executables, and runs `cargo test` with each list of arguments. Goes on after a failure, so that one run
/// shows all failures.
fn test(calls: &[&[&str]]) -> ExitCode {
    let mut build = cargo("build");
    build.args(PACKAGES.map(|package| format!("--package={package}")));
    build.args(EXECUTABLES.map(|executable| format!("--bin={executable}")));
    if !succeeds(build) {
        return ExitCode::FAILURE;
    }
    let mut passed = true;
    for arguments in calls {
        let mut tests = cargo("test");
        tests.args(*arguments).env("TEST_EXECUTABLES", target().join("debug"));
        passed &= succeeds(tests);
    }
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn succeeds(mut command: Command) -> bool {
    match command.status() {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("{command:?}: {error}");
            false
        }
    }
}

/// Cargo's target directory.
fn target() -> PathBuf {
    let named = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    // Cargo runs in the root, so a relative path starts there.
    root().join(named.unwrap_or_else(|| "target".into()))
}
