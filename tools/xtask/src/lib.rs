//! How a command of this project runs cargo.
#![deny(missing_docs)]

use std::path::{Path, PathBuf};
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
    // The folder in which cargo runs this program, because cargo also takes what was built in a copy of the repository
    // for its own. Without cargo, the folder in which the program was built.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let package = package.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).to_owned());
    package.ancestors().nth(2).unwrap_or(&package).to_owned()
}
