use std::fs::OpenOptions;
use std::io::{ErrorKind, Result, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Writes a file that only its owner can read. The file is written under another name and then moved into place, so
/// that no reader sees half a file.
///
/// # Errors
/// When the file can't be written.
pub fn replace_file(path: &Path, text: &str) -> Result<()> {
    match replace(path, text) {
        // A process that just starts takes an unfinished file for that of a killed process, once, and deletes it.
        Err(error) if error.kind() == ErrorKind::NotFound => replace(path, text),
        done => done,
    }
}

fn replace(path: &Path, text: &str) -> Result<()> {
    let new = path.with_extension("new");
    let _ = std::fs::remove_file(&new);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&new, path)
}
