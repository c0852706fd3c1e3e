use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::fill::{Amounts, Contents, fill};

/// The data of a `local` that is not running. Deleted when dropped.
pub struct Filled {
    name: &'static str,
    contents: Contents,
    pub seconds: f64,
    folder: TempDir,
}

impl Filled {
    /// Starts a new `local`, which creates its tables and demo data, stops it, and adds the amounts.
    pub async fn new(executable: &Path, name: &'static str, amounts: Amounts) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| format!("data directory: {error}"))?;
        let (mut first, _) = start(executable, folder.path()).await?;
        first.kill().await.map_err(|error| error.to_string())?;
        let file = folder.path().join("dynamodb.sqlite");
        let filled = tokio::task::spawn_blocking(move || fill(&file, &amounts, name)).await;
        let (contents, seconds) = filled.map_err(|error| error.to_string())??;
        Ok(Self { name, contents, seconds, folder })
    }
}

/// A running `local` and the contents of its tables.
pub struct Target {
    /// The name of its tables in the report.
    pub name: &'static str,
    pub url: String,
    pub contents: Contents,
    sign_ins: AtomicU32,
    // Dropped in this order: the process stops before its folder is deleted.
    _process: Child,
    _folder: TempDir,
}

impl Target {
    pub async fn start(executable: &Path, filled: Filled) -> Result<Self, String> {
        let Filled { name, contents, folder, .. } = filled;
        let (process, url) = start(executable, folder.path()).await?;
        Ok(Self { name, url, contents, sign_ins: AtomicU32::new(0), _process: process, _folder: folder })
    }

    /// Username and address of the next sign-in. No address is used twice, so limits by address don't apply. Limits by
    /// user allow sign-ins from 100 new addresses an hour. Users take turns, so each signs in only a few times.
    pub fn next_sign_in(&self) -> (&str, IpAddr) {
        let number = self.sign_ins.fetch_add(1, Ordering::Relaxed);
        let users = &self.contents.users;
        let user = users.get(number as usize % users.len().max(1)).map_or("", String::as_str);
        (user, address(2, number + 1))
    }
}

/// A loopback address: the `number`th in the `block`th 65,536 addresses of 127.0.0.0/8.
pub fn address(block: u32, number: u32) -> IpAddr {
    Ipv4Addr::from((0x7f00_0000 | block << 16).saturating_add(number)).into()
}

/// Starts `local`. Returns its process, which ends when dropped, and its URL.
async fn start(executable: &Path, folder: &Path) -> Result<(Child, String), String> {
    let mut command = Command::new(executable);
    command.args(["--port", "0", "--db-port", "0", "--data"]).arg(folder);
    // The log has a line per request, which is not needed here.
    command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let failed = |error: std::io::Error| format!("{}: {error}", executable.display());
    let mut process = command.spawn().map_err(failed)?;
    let output = process.stdout.take().ok_or("no output")?;
    let line = BufReader::new(output).lines().next_line().await.map_err(failed)?.unwrap_or_default();
    let url = line.strip_prefix("ready ").ok_or("`local` did not start: run it by hand to see why")?;
    Ok((process, url.to_owned()))
}
