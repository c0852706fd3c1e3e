use std::ffi::OsStr;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use wait_timeout::ChildExt;

/// The outcome of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Standard output and error of a program that succeeded.
    Text(String),
    /// There is no such program.
    NotFound,
    /// The program failed.
    Failed,
    /// The program did not end.
    NoAnswer,
}

/// Everything that the checks ask a machine for.
pub trait Machine {
    /// Runs a program.
    fn run(&self, program: &str, arguments: &[&str]) -> Output;
    /// An environment variable that is set and not empty.
    fn variable(&self, name: &str) -> Option<String>;
    /// The text of a file.
    fn text(&self, file: &Path) -> Option<String>;
    /// Whether a file or folder exists.
    fn exists(&self, path: &Path) -> bool;
    /// Whether programs are installed with Homebrew, and not with apt.
    fn is_mac(&self) -> bool;
}

/// This machine.
#[derive(Debug)]
pub struct System {
    patience: Duration,
    root: PathBuf,
}

impl System {
    /// Programs run in `root`, and are ended after `patience`.
    pub fn new(root: &Path, patience: Duration) -> Self {
        Self { patience, root: root.to_owned() }
    }

    /// Output goes through a file: a pipe would stay open for what a program leaves behind.
    fn try_run(&self, program: &str, arguments: &[&str]) -> std::io::Result<Output> {
        let mut file = tempfile::tempfile()?;
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.root).stdin(Stdio::null());
        let mut child = command.stdout(file.try_clone()?).stderr(file.try_clone()?).spawn()?;
        let Some(status) = child.wait_timeout(self.patience)? else {
            child.kill()?;
            child.wait()?;
            return Ok(Output::NoAnswer);
        };
        let mut bytes = Vec::new();
        file.rewind()?;
        file.read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(if status.success() { Output::Text(text) } else { Output::Failed })
    }
}

impl Machine for System {
    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        self.try_run(program, arguments).unwrap_or_else(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Output::NotFound,
            _ => Output::Failed,
        })
    }

    fn variable(&self, name: &str) -> Option<String> {
        std::env::var_os(name).as_deref().and_then(OsStr::to_str).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    fn text(&self, file: &Path) -> Option<String> {
        std::fs::read_to_string(file).ok()
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }

    fn is_mac(&self) -> bool {
        cfg!(target_os = "macos")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_program_that_hangs_is_ended() {
        let hasty = System::new(Path::new("/"), Duration::from_millis(50));
        let started = Instant::now();
        assert_eq!(hasty.run("sleep", &["60"]), Output::NoAnswer);
        // The program is away, but what it started holds its output.
        let patient = System::new(Path::new("/"), Duration::from_secs(30));
        assert_eq!(patient.run("sh", &["-c", "sleep 30 & echo 1.2"]), Output::Text("1.2\n".into()));
        assert!(started.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn the_outcome_of_a_program_is_told() {
        let machine = System::new(Path::new("/"), Duration::from_secs(30));
        assert_eq!(machine.run("sh", &["-c", "echo out; echo err >&2"]), Output::Text("out\nerr\n".into()));
        assert_eq!(machine.run("sh", &["-c", "exit 3"]), Output::Failed);
        assert_eq!(machine.run("no-such-program", &[]), Output::NotFound);
    }
}
