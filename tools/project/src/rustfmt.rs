use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::{Error, Result};

/// Rust code as `cargo fmt` would write it.
///
/// # Errors
/// When rustfmt is missing, or can't read the code.
pub fn formatted(root: &Path, path: &str, code: &str) -> Result<String> {
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.args(["--edition", "2024", "--config-path"]).arg(root.join("rustfmt.toml"));
    rustfmt.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).current_dir(root);
    let missing = |error| Error::Refused(format!("rustfmt: {error}; install it: rustup component add rustfmt"));
    let mut running = rustfmt.spawn().map_err(missing)?;
    if let Some(mut input) = running.stdin.take() {
        // rustfmt reads everything before it writes. If it ends early, its status says more than this error.
        drop(input.write_all(code.as_bytes()));
    }
    let done = running.wait_with_output().map_err(Error::io("rustfmt"))?;
    if !done.status.success() {
        return Err(Error::form(path, String::from_utf8_lossy(&done.stderr).trim()));
    }
    String::from_utf8(done.stdout).map_err(|error| Error::form(path, error))
}
