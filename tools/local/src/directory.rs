//! The data directory. It has the signing seed, mails with tokens, and personal data, so only its owner can read it.

use std::fs::{DirBuilder, Metadata, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

use tempfile::TempDir;

use crate::error::{Error, Result, io};

/// The permissions of group and others.
const OF_OTHERS: u32 = 0o077;
/// Everything that the server, or a function with its environment, keeps in a data directory.
const KEPT: [&str; 7] =
    ["dynamodb.sqlite", "dynamodb.sqlite-shm", "dynamodb.sqlite-wal", "env", "jobs", "outbox", "signing-seed"];

/// Creates a data directory, or prepares an existing one. One that is open to others is closed if it is empty or has a
/// signing seed.
///
/// # Errors
/// When the directory can't be used, or is open to others and has other contents.
pub fn private_directory(directory: &Path) -> Result<()> {
    let failed = || io(format!("data directory {}", directory.display()));
    DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(failed())?;
    let is_ours = directory.join("signing-seed").exists();
    let is_open = is_open(&directory.metadata().map_err(failed())?);
    if is_open && !is_ours && directory.read_dir().map_err(failed())?.next().is_some() {
        return Err(Error::Directory(directory.display().to_string()));
    }
    if is_open {
        std::fs::set_permissions(directory, Permissions::from_mode(0o700)).map_err(failed())?;
    }
    if is_ours {
        KEPT.iter().try_for_each(|name| close(&directory.join(name))).map_err(failed())?;
    }
    Ok(())
}

/// A new directory, which is deleted when the guard is dropped.
///
/// # Errors
/// When the directory can't be created.
pub fn ephemeral_directory() -> Result<TempDir> {
    let private = tempfile::Builder::new().permissions(Permissions::from_mode(0o700)).tempdir();
    private.map_err(io("data directory"))
}

fn is_open(metadata: &Metadata) -> bool {
    metadata.permissions().mode() & OF_OTHERS != 0
}

/// Takes the permissions of others from a file, or from a directory and everything in it. Follows no links.
fn close(path: &Path) -> std::io::Result<()> {
    let closed = || -> std::io::Result<bool> {
        let metadata = path.symlink_metadata()?;
        if !metadata.is_symlink() && is_open(&metadata) {
            std::fs::set_permissions(path, Permissions::from_mode(metadata.permissions().mode() & !OF_OTHERS))?;
        }
        Ok(metadata.is_dir())
    };
    match closed() {
        Ok(true) => path.read_dir()?.try_for_each(|entry| close(&entry?.path())),
        // Another process may have finished a job.
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
