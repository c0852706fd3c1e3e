use std::ffi::OsString;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdStream;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, SystemTime};

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, Command};

use crate::error::{Error, Result, io};
use crate::supervised::READY;

/// How long a server may take to start. It waits for a database for 5 s.
const START: Duration = Duration::from_secs(60);

/// A server in a process of its own. Its standard input is the socket of the API. Its standard output is a connection to
/// this process: the server ends in good order when the connection ends, so no server outlives this process. A server
/// that is dropped is killed.
pub(super) struct Server {
    process: Child,
    connection: OwnedWriteHalf,
    executable: Option<SystemTime>,
}

impl Server {
    /// Starts a server, and waits until it is ready.
    pub(super) async fn start(executable: &Path, arguments: &[OsString], socket: &TcpListener) -> Result<Self> {
        let failed = || io(executable.display().to_string());
        let built = built(executable);
        let (ours, theirs) = StdStream::pair().map_err(failed())?;
        ours.set_nonblocking(true).map_err(failed())?;
        let (read, connection) = UnixStream::from_std(ours).map_err(failed())?.into_split();
        let process = Command::new(executable)
            .args(arguments)
            .stdin(Stdio::from(OwnedFd::from(socket.try_clone().map_err(failed())?)))
            .stdout(Stdio::from(OwnedFd::from(theirs)))
            .kill_on_drop(true)
            .spawn()
            .map_err(failed())?;
        let mut server = Self { process, connection, executable: built };
        match tokio::time::timeout(START, ready(BufReader::new(read))).await {
            Ok(true) => Ok(server),
            Ok(false) => Err(Error::Start(server.ended().await.map_or_else(String::new, |status| status.to_string()))),
            Err(_) => Err(Error::Start(format!("not ready after {} s", START.as_secs()))),
        }
    }

    /// Whether the executable at this path is the one that was started.
    pub(super) fn runs(&self, executable: &Path) -> bool {
        self.executable.is_some() && self.executable == built(executable)
    }

    /// Waits for the end of the process.
    pub(super) async fn ended(&mut self) -> Option<ExitStatus> {
        self.process.wait().await.ok()
    }

    /// Lets the server finish its requests, and waits for its end, which is at once after `patience`.
    pub(super) async fn stop(mut self, patience: Duration) {
        drop(self.connection);
        if tokio::time::timeout(patience, self.process.wait()).await.is_err() {
            // It has ended if it can't be killed.
            let _ = self.process.kill().await;
        }
    }
}

/// When the executable was built.
fn built(executable: &Path) -> Option<SystemTime> {
    executable.metadata().and_then(|metadata| metadata.modified()).ok()
}

/// Waits for the line that says that the server is ready. Passes on all other output, also later.
async fn ready(mut output: BufReader<OwnedReadHalf>) -> bool {
    let mut line = String::new();
    while !line.starts_with(READY) {
        print!("{line}");
        line.clear();
        if !output.read_line(&mut line).await.is_ok_and(|bytes| bytes > 0) {
            return false;
        }
    }
    tokio::spawn(async move { tokio::io::copy(&mut output, &mut tokio::io::stdout()).await });
    true
}
