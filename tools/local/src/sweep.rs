use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result, io};

/// Deletes the unfinished files in a data directory: `*.new`, which a killed process left when it wrote a file. Another
/// process that writes such a file just now writes it again.
///
/// # Errors
/// When a directory can't be read, or a file can't be deleted.
pub fn sweep(data: &Path) -> Result<()> {
    let queues = entries(&data.join("jobs"))?;
    for directory in [data.to_owned(), data.join("outbox")].into_iter().chain(queues) {
        for file in entries(&directory)? {
            if file.extension().is_some_and(|extension| extension == "new") {
                delete(&file)?;
            }
        }
    }
    Ok(())
}

/// What a directory contains: nothing if there is no such directory.
fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    let failed = || io(directory.display().to_string());
    match std::fs::read_dir(directory) {
        Ok(entries) => entries.map(|entry| Ok(entry.map_err(failed())?.path())).collect(),
        Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => Ok(Vec::new()),
        Err(error) => Err(failed()(error)),
    }
}

fn delete(file: &Path) -> Result<()> {
    match std::fs::remove_file(file) {
        Err(source) if source.kind() != ErrorKind::NotFound => {
            Err(Error::Io { what: file.display().to_string(), source })
        }
        _ => Ok(()),
    }
}
