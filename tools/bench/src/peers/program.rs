//! Other programs, and files that they are given.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

/// Runs a program. What it says goes to standard error, because standard output is for the measurements.
pub fn run(command: &mut Command) -> Result<(), String> {
    let status = command.stdout(std::io::stderr()).status().map_err(|error| not_started(command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}")) }
}

/// The first line of what a program says.
pub fn said(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| not_started(command, &error))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next().filter(|_| output.status.success());
    line.map(str::to_owned).ok_or_else(|| format!("{command:?}: {}", output.status))
}

fn not_started(command: &Command, error: &std::io::Error) -> String {
    let name = command.get_program().to_string_lossy();
    match error.kind() {
        ErrorKind::NotFound => {
            format!("there is no `{name}`: the comparison needs Python 3.11 with pip, and Node 20 with npm")
        }
        _ => format!("{name}: {error}"),
    }
}

/// Installs packages, unless the file `marker` says that the same ones are installed already.
pub fn install(wanted: &str, marker: &Path, how: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    if fs::read_to_string(marker).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    how()?;
    fs::write(marker, wanted).map_err(|error| format!("{}: {error}", marker.display()))
}

pub fn create(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
}

/// Deletes a folder, if it exists.
pub fn clear(folder: &Path) -> Result<(), String> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(format!("{}: {error}", folder.display())),
        _ => Ok(()),
    }
}

pub fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

/// Copies a file into a folder.
pub fn copy(file: &Path, folder: &Path) -> Result<(), String> {
    let copied = fs::copy(file, folder.join(file.file_name().unwrap_or_default()));
    copied.map(drop).map_err(|error| format!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named() {
        let error = run(&mut Command::new("no-such-program")).unwrap_err();
        assert!(error.starts_with("there is no `no-such-program`"), "{error}");
        assert_eq!(said(&mut Command::new("no-such-program")).unwrap_err(), error);
    }

    #[test]
    fn a_program_that_fails_is_named_with_its_status() {
        let error = run(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();
        assert!(error.contains("exit status: 3"), "{error}");
        assert!(said(Command::new("sh").args(["-c", "echo x; exit 3"])).is_err());
        assert_eq!(said(Command::new("sh").args(["-c", "echo x; echo y"])).unwrap(), "x");
    }

    #[test]
    fn packages_are_installed_once_for_each_list() {
        let folder = tempfile::tempdir().unwrap();
        let (marker, mut times) = (folder.path().join("installed"), 0);
        for list in ["a==1", "a==1", "a==2"] {
            install(list, &marker, || {
                times += 1;
                Ok(())
            })
            .unwrap();
        }
        assert_eq!(times, 2);
        assert!(install("a==3", &marker, || Err("offline".to_owned())).is_err());
        assert_eq!(fs::read_to_string(&marker).unwrap(), "a==2", "a failure is tried again");
    }
}
