//! `local --watch`: a supervisor that builds the server again after each change of the sources. The supervisor has the
//! database and the socket of the API, so both outlive a server. A new server starts beside the old one, and the old one
//! ends once the new one is ready.

mod build;
mod server;
mod sources;
mod workspace;

use std::ffi::OsString;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::error::{Error, Result, io};
use build::Build;
use server::Server;
use sources::Sources;
use workspace::Workspace;

/// How long an old server may take to end. It gives its requests 6 s.
const PATIENCE: Duration = Duration::from_secs(8);

/// Starts servers on one socket, always the newest one that builds and starts.
pub struct Supervisor {
    socket: TcpListener,
    arguments: Vec<OsString>,
    executable: PathBuf,
    sources: Sources,
    server: Option<Server>,
    /// Servers that finish their requests.
    old: JoinSet<()>,
}

impl Supervisor {
    /// Watches the sources, and starts this executable as the first server, with these arguments.
    ///
    /// # Errors
    /// When the sources can't be watched, or the server does not start.
    pub async fn start(socket: TcpListener, arguments: Vec<OsString>) -> Result<Self> {
        let executable = std::env::current_exe().map_err(io("the path of this executable"))?;
        let sources = Sources::watch(&Workspace::read().await?)?;
        let server = Some(Server::start(&executable, &arguments, &socket).await?);
        Ok(Self { socket, arguments, executable, sources, server, old: JoinSet::new() })
    }

    /// Builds and replaces the server after each change, until a signal. Then the servers end in good order. A second
    /// signal ends them at once.
    pub async fn run(mut self, mut signal: impl AsyncFnMut()) {
        eprintln!("watching {}", self.sources);
        tokio::select! {
            () = self.replace_after_changes() => {}
            () = signal() => {}
        }
        if let Some(server) = self.server.take() {
            self.old.spawn(server.stop(PATIENCE));
        }
        // Servers that are left are killed when dropped.
        tokio::select! {
            _ = self.old.join_all() => {}
            () = signal() => {}
        }
    }

    async fn replace_after_changes(&mut self) {
        while let Some(change) = self.next_change().await {
            let begun = Instant::now();
            eprintln!("rebuilding because {change} changed");
            match self.replace().await {
                Ok(true) => eprintln!("restarted in {:.1} s", begun.elapsed().as_secs_f64()),
                Ok(false) => eprintln!("the server is as before: no restart"),
                Err(error) => eprintln!("{error}: {}", self.remaining()),
            }
        }
    }

    /// Waits for the next change. Reports once if the server ends by itself.
    async fn next_change(&mut self) -> Option<String> {
        if let Some(server) = &mut self.server {
            let status = tokio::select! {
                change = self.sources.changed() => return change,
                status = server.ended() => status,
            };
            self.server = None;
            eprintln!("the server ended{}: {}", shown(status), self.remaining());
        }
        self.sources.changed().await
    }

    /// Builds, and replaces the server if its executable is another one now. Returns whether it is.
    async fn replace(&mut self) -> Result<bool> {
        // A broken manifest is reported by the build.
        if let Ok(workspace) = Workspace::read().await {
            self.sources.update(&workspace)?;
        }
        self.executable = Build::start()?.finish().await?.unwrap_or_else(|| self.executable.clone());
        if self.server.as_ref().is_some_and(|server| server.runs(&self.executable)) {
            return Ok(false);
        }
        let new = Server::start(&self.executable, &self.arguments, &self.socket).await?;
        if let Some(old) = self.server.replace(new) {
            self.old.spawn(old.stop(PATIENCE));
        }
        Ok(true)
    }

    fn remaining(&self) -> &'static str {
        match self.server {
            Some(_) => "the old server goes on",
            None => "requests wait for the next change",
        }
    }
}

fn shown(status: Option<ExitStatus>) -> String {
    status.map(|status| format!(" ({status})")).unwrap_or_default()
}

impl From<notify::Error> for Error {
    fn from(error: notify::Error) -> Self {
        Self::Watch(error.to_string())
    }
}
