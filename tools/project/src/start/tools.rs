use std::path::Path;

use crate::{Error, Result};

/// Brings the packages of the workspace in Cargo.lock up to date. Versions of others stay.
///
/// # Errors
/// When cargo refuses a manifest.
pub fn update_lock(root: &Path) -> Result<()> {
    let mut cargo = xtask::cargo("update");
    let done = cargo.args(["--workspace", "--offline", "--quiet"]).current_dir(root).output();
    let done = done.map_err(Error::io("cargo"))?;
    let said = String::from_utf8_lossy(&done.stderr);
    if done.status.success() { Ok(()) } else { Err(Error::form("Cargo.toml", said.trim())) }
}
