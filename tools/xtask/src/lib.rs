//! How a command of this project runs cargo.
#![deny(missing_docs)]

use std::path::PathBuf;
use std::process::Command;

/// A command of the cargo that runs this program, in the root of the repository.
pub fn cargo(command: &str) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut cargo = Command::new(cargo);
    cargo.arg(command).current_dir(root());
    // `cargo run` sets these variables for this program. With them, cargo would rebuild `ring` and everything that
    // depends on `ring`.
    for (name, _) in std::env::vars_os() {
        let told = name.to_string_lossy();
        if told.starts_with("CARGO_MANIFEST_") || told.starts_with("CARGO_PKG_") {
            cargo.env_remove(&name);
        }
    }
    cargo
}

/// The root of the repository.
pub fn root() -> PathBuf {
    // Cargo sets this variable for the programs that it runs. The path of the build is another one if the repository was
    // moved or copied together with `target`: cargo does not build this package again then.
    let running = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let package = running.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let root = package.ancestors().find(|folder| folder.join("Cargo.lock").is_file());
    root.unwrap_or(&package).to_owned()
}
