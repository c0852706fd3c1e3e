//! The data directory. It has the signing seed, the sealing keys, mails with tokens, and personal data, so only its owner can read it.

use std::fs::{DirBuilder, Metadata, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::{Error, Result, io};

/// The permissions of group and others.
const OF_OTHERS: u32 = 0o077;
/// Everything that the server, or a function with its environment, keeps in a data directory. A name that is missing here
/// fails `tests/processes/secrets.rs`.
const KEPT: [&str; 8] = [
    "dynamodb.sqlite",
    "dynamodb.sqlite-shm",
    "dynamodb.sqlite-wal",
    "env",
    "jobs",
    "outbox",
    "sealing-keys",
    "signing-seed",
];

/// Creates a data directory, or prepares an existing one. One that is open to others is closed if it is empty, or if it
/// has a signing seed and nothing that another user put there.
///
/// # Errors
/// When the directory can't be used, or is open to others and has other contents.
pub fn private_directory(directory: &Path) -> Result<()> {
    let failed = || io(format!("data directory {}", directory.display()));
    DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(failed())?;
    let metadata = directory.metadata().map_err(failed())?;
    if !is_open(&metadata) {
        return Ok(());
    }
    let kept = KEPT.map(|name| directory.join(name));
    let is_ours = directory.join("signing-seed").symlink_metadata().is_ok();
    if !is_ours && directory.read_dir().map_err(failed())?.next().is_some() {
        return Err(Error::Directory(directory.display().to_string()));
    }
    let found = kept.iter().map(|path| walk(path)).collect::<std::io::Result<Vec<_>>>().map_err(failed())?.concat();
    for (path, of_path) in &found {
        if of_path.is_symlink() || of_path.uid() != metadata.uid() {
            return Err(Error::Planted(path.display().to_string()));
        }
    }
    let closed = |(path, metadata): &(PathBuf, Metadata)| {
        std::fs::set_permissions(path, Permissions::from_mode(metadata.permissions().mode() & !OF_OTHERS))
    };
    std::fs::set_permissions(directory, Permissions::from_mode(0o700)).map_err(failed())?;
    found.iter().try_for_each(closed).map_err(failed())
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

/// A path with everything in it, if it exists. Follows no links.
fn walk(path: &Path) -> std::io::Result<Vec<(PathBuf, Metadata)>> {
    let metadata = match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        read => read?,
    };
    let mut found = vec![(path.to_owned(), metadata.clone())];
    if metadata.is_dir() {
        for entry in path.read_dir()? {
            found.extend(walk(&entry?.path())?);
        }
    }
    Ok(found)
}
