use std::path::PathBuf;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process_group};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::error::{Error, Result, io};

/// Cargo, as it builds the server. Its errors and its progress go to standard error. If this is dropped before the end,
/// cargo and its compilers are ended.
pub(super) struct Build {
    cargo: Child,
}

/// A line of `cargo build --message-format json`.
#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    executable: Option<PathBuf>,
}

impl Build {
    pub(super) fn start() -> Result<Self> {
        let mut cargo = Command::from(xtask::cargo("build"));
        cargo.args(["--package=local", "--bin=local", "--message-format=json-render-diagnostics"]);
        cargo.args((!cfg!(debug_assertions)).then_some("--release"));
        // A group of its own, so that its compilers can be ended, too.
        cargo.stdin(Stdio::null()).stdout(Stdio::piped()).process_group(0);
        Ok(Self { cargo: cargo.spawn().map_err(io("cargo"))? })
    }

    /// Waits for the end. Returns the path of the executable.
    pub(super) async fn finish(mut self) -> Result<Option<PathBuf>> {
        let mut executable = None;
        if let Some(messages) = self.cargo.stdout.take() {
            let mut lines = BufReader::new(messages).lines();
            while let Some(line) = lines.next_line().await.map_err(io("cargo"))? {
                let message = serde_json::from_str(&line).ok();
                executable = message.and_then(|message: Message| message.executable).or(executable);
            }
        }
        let status = self.cargo.wait().await.map_err(io("cargo"))?;
        if status.success() { Ok(executable) } else { Err(Error::Build) }
    }
}

impl Drop for Build {
    fn drop(&mut self) {
        // Without an id, cargo has ended.
        let id = self.cargo.id().and_then(|id| i32::try_from(id).ok());
        if let Some(group) = id.and_then(Pid::from_raw) {
            // A group that has ended needs no signal.
            let _ = kill_process_group(group, Signal::TERM);
        }
    }
}
