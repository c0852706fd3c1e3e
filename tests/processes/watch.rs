//! `local --watch`, with a cargo that builds nothing.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use tests::executable;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{ChildStderr, Command as AsyncCommand};
use tokio::time::timeout;

use crate::{Local, call};

/// A workspace with one package, and a cargo whose builds succeed unless there is a file `broken`. It "builds" a script
/// that notes its process, and ends if there is a file `faulty`.
const CARGO: &str = r#"#!/bin/sh
cd ROOT
case $1 in
metadata) echo '{"workspace_root":"ROOT","packages":[{"name":"local","manifest_path":"ROOT/garden/Cargo.toml","dependencies":[]}]}' ;;
build)
  if [ -e endless ]; then echo $$ >building; sleep 600 & echo $! >>building; wait; fi
  if [ -e broken ]; then echo 'error: broken' >&2; exit 101; fi
  if [ -e faulty ]; then echo '#!/bin/sh
exit 3' >server
  else echo '#!/bin/sh
echo $$ >>ROOT/servers; exec LOCAL "$@"' >server; fi
  chmod +x server
  echo '{"reason":"compiler-artifact","executable":"ROOT/server"}' ;;
esac
"#;

/// Longer than any step takes.
const LONG: Duration = Duration::from_secs(30);

struct Watched {
    local: Local,
    root: TempDir,
    log: Lines<BufReader<ChildStderr>>,
}

impl Watched {
    async fn start(options: &[&str]) -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("garden/src")).unwrap();
        fs::create_dir(root.path().join("temporary")).unwrap();
        let path = root.path().to_str().unwrap();
        let text = CARGO.replace("ROOT", path).replace("LOCAL", executable("local").to_str().unwrap());
        let cargo = root.path().join("cargo");
        fs::write(&cargo, text).unwrap();
        fs::set_permissions(&cargo, Permissions::from_mode(0o700)).unwrap();
        let mut command = AsyncCommand::new(executable("local"));
        command.args(["--watch", "--port", "0", "--db-port", "0"]).args(options);
        command.env("CARGO", cargo).env("TMPDIR", root.path().join("temporary"));
        let mut local = Local::ready_with(command, Stdio::piped()).await;
        let log = BufReader::new(local.process.stderr.take().unwrap()).lines();
        let mut watched = Self { local, root, log };
        watched.says("watching garden, ").await;
        watched
    }

    /// Waits for a line that starts like this.
    async fn says(&mut self, start: &str) -> String {
        loop {
            let line = timeout(LONG, self.log.next_line()).await.unwrap_or_else(|_| panic!("no line `{start}`"));
            let line = line.unwrap().expect("the log goes on");
            if line.starts_with(start) {
                return line;
            }
        }
    }

    fn write(&self, file: &str) {
        fs::create_dir_all(self.root.path().join(file).parent().unwrap()).unwrap();
        fs::write(self.root.path().join(file), "").unwrap();
    }

    async fn health(&self) -> u16 {
        call("GET", &format!("{}/v1/health", self.local.url), [127, 0, 0, 1], "").await.0
    }

    /// The processes that a script has noted.
    fn noted(&self, file: &str) -> Vec<String> {
        let noted = fs::read_to_string(self.root.path().join(file)).unwrap_or_default();
        noted.lines().map(str::to_owned).collect()
    }

    /// Sends a signal, and waits for the end.
    async fn stop(&mut self, signal: &str) {
        send(signal, &self.local.process.id().unwrap().to_string());
        assert_eq!(self.local.process.wait().await.unwrap().code(), Some(0));
    }
}

fn send(signal: &str, process: &str) -> bool {
    Command::new("kill").args(["-s", signal, process]).stderr(Stdio::null()).status().unwrap().success()
}

fn sign_up(username: &str) -> String {
    let email = format!("{username}@example.com");
    json!({ "username": username, "email": email, "password": "nine-patient-herons" }).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_restarts_the_server_with_its_data_and_port() {
    let data = tempfile::tempdir().unwrap();
    for options in [&["--ephemeral"][..], &["--data", data.path().to_str().unwrap()]] {
        let mut watched = Watched::start(options).await;
        let users = format!("{}/v1/users", watched.local.url);
        assert_eq!(call("POST", &users, [127, 0, 0, 1], &sign_up("ada")).await.0, 201);
        for file in ["garden/src/new/mod.rs", "template.yaml"] {
            watched.write(file);
            let line = watched.says("rebuilding because ").await;
            assert!(line.contains(file.trim_end_matches("/mod.rs")), "{line}");
            watched.says("restarted in ").await;
            assert_eq!(call("POST", &users, [127, 0, 0, 1], &sign_up("ada")).await.0, 409, "{file}");
        }
        let servers = watched.noted("servers");
        assert_eq!(servers.len(), 2);
        watched.stop("TERM").await;
        assert!(!servers.iter().any(|server| send("0", server)), "no server is left");
        assert_eq!(fs::read_dir(watched.root.path().join("temporary")).unwrap().count(), 0, "no data are left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_build_or_start_leaves_the_old_one() {
    let mut watched = Watched::start(&["--ephemeral"]).await;
    watched.write("broken");
    watched.write("garden/src/lib.rs");
    watched.says("error: broken").await;
    watched.says("build failed: the old server goes on").await;
    assert_eq!(watched.health().await, 200);

    fs::remove_file(watched.root.path().join("broken")).unwrap();
    watched.write("faulty");
    watched.write("garden/src/lib.rs");
    watched.says("the start of the server failed (exit status: 3): the old server goes on").await;
    assert_eq!(watched.health().await, 200);
    watched.stop("INT").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_wait_for_a_server_that_ended_by_itself() {
    let mut watched = Watched::start(&["--ephemeral"]).await;
    watched.write("garden/src/lib.rs");
    watched.says("restarted in ").await;
    assert!(send("KILL", &watched.noted("servers")[0]));
    watched.says("the server ended (signal: 9 (SIGKILL)): requests wait for the next change").await;
    let url = format!("{}/v1/health", watched.local.url);
    let waiting = tokio::spawn(async move { call("GET", &url, [127, 0, 0, 1], "").await.0 });
    watched.write("garden/src/lib.rs");
    watched.says("restarted in ").await;
    assert_eq!(waiting.await.unwrap(), 200);
    watched.stop("TERM").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_supervisor_and_a_stop_during_a_build_leave_no_process() {
    let mut watched = Watched::start(&["--ephemeral"]).await;
    watched.write("garden/src/lib.rs");
    watched.says("restarted in ").await;
    watched.write("endless");
    watched.write("garden/src/lib.rs");
    while watched.noted("building").len() < 2 {
        tokio::task::yield_now().await;
    }
    watched.stop("TERM").await;
    ended(&watched.noted("building")).await;

    let mut watched = Watched::start(&["--ephemeral"]).await;
    watched.write("garden/src/lib.rs");
    watched.says("restarted in ").await;
    watched.local.process.kill().await.unwrap();
    ended(&watched.noted("servers")).await;
}

/// Waits until these processes have ended.
async fn ended(processes: &[String]) {
    assert!(!processes.is_empty());
    let all = async {
        while processes.iter().any(|process| is_running(process)) {
            tokio::task::yield_now().await;
        }
    };
    timeout(LONG, all).await.expect("no process is left");
}

/// Whether a process runs. One that nobody has waited for has ended.
fn is_running(process: &str) -> bool {
    if !Path::new("/proc/self").exists() {
        return send("0", process);
    }
    let state = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    state.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}
