use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::json;
use tests::executable;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command as AsyncCommand};

use crate::Local;

fn signal(process: &Child, name: &str) {
    let number = process.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-s", name, &number]).status().unwrap().success());
}

/// Waits until `local` takes no more connections: it knows that it must stop.
async fn stops_listening(address: &str) {
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

/// A sign-in that has sent its headers and half of its body. The server reads the body already.
struct SignIn {
    socket: BufReader<TcpStream>,
    rest: String,
}

impl SignIn {
    async fn half_sent(address: &str) -> Self {
        let body = json!({ "username": "staff", "password": identity::demo::PASSWORD }).to_string();
        let (half, rest) = body.split_at(20);
        let mut socket = BufReader::new(TcpStream::connect(address).await.unwrap());
        let head = "POST /v1/auth/token HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
        let head = format!("{head}expect: 100-continue\r\ncontent-length: {}\r\n\r\n", body.len());
        socket.write_all(head.as_bytes()).await.unwrap();
        let mut line = String::new();
        while line != "\r\n" {
            assert!(line.is_empty() || line.starts_with("HTTP/1.1 100"), "{line}");
            line.clear();
            socket.read_line(&mut line).await.unwrap();
        }
        socket.write_all(half.as_bytes()).await.unwrap();
        Self { socket, rest: rest.to_owned() }
    }

    /// Sends the rest of the body. Returns everything up to the end of the connection.
    async fn finish(mut self) -> String {
        self.socket.write_all(self.rest.as_bytes()).await.unwrap();
        let mut response = String::new();
        self.socket.read_to_string(&mut response).await.unwrap();
        response
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_under_way_are_finished_before_local_stops() {
    for name in ["TERM", "INT"] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = AsyncCommand::new(executable("local"));
        command.args(["--ephemeral", "--port", "0", "--db-port", "0"]).env("TMPDIR", folder.path());
        let mut local = Local::ready(command).await;
        let address = local.url.strip_prefix("http://").unwrap().to_owned();
        let mut idle = TcpStream::connect(&address).await.unwrap();
        let sign_in = SignIn::half_sent(&address).await;

        signal(&local.process, name);
        stops_listening(&address).await;
        let mut nothing = String::new();
        idle.read_to_string(&mut nothing).await.unwrap();
        assert_eq!(nothing, "", "{name}: an idle connection is closed at once");
        let response = sign_in.finish().await;
        assert!(response.starts_with("HTTP/1.1 200") && response.contains("access_token"), "{name}: {response}");
        assert_eq!(local.process.wait().await.unwrap().code(), Some(0), "{name}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_local_at_once() {
    let data = tempfile::tempdir().unwrap();
    let mut local = Local::start(data.path(), &["--db-port", "0"]).await;
    let address = local.url.strip_prefix("http://").unwrap().to_owned();
    let never_finished = SignIn::half_sent(&address).await;
    signal(&local.process, "INT");
    stops_listening(&address).await;
    assert_eq!(local.process.try_wait().unwrap(), None, "a request is under way");
    signal(&local.process, "INT");
    assert_eq!(local.process.wait().await.unwrap().code(), Some(0));
    drop(never_finished);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_a_start_at_once() {
    let data = tempfile::tempdir().unwrap();
    let mut command = AsyncCommand::new(executable("local"));
    command.args(["--port", "0", "--database", "http://127.0.0.1:9", "--data", data.path().to_str().unwrap()]);
    let mut local = command.kill_on_drop(true).spawn().unwrap();
    // Now it waits for the database.
    while !data.path().join("signing-seed").exists() {
        tokio::task::yield_now().await;
    }
    signal(&local, "TERM");
    assert_eq!(local.wait().await.unwrap().code(), Some(0), "the start is given up, and has not failed");
}

/// Files that `local` or a function writes whole or not at all.
const UNFINISHED: [&str; 6] = ["jobs/mail/1", "jobs/erasure/2", "outbox/3", "signing-seed", "sealing-keys", "env"];

#[tokio::test(flavor = "multi_thread")]
async fn unfinished_files_of_a_killed_process_are_swept() {
    let data = tempfile::tempdir().unwrap();
    let file = |name: &str| data.path().join(name);
    // As `local` creates it: an open directory without a seed would not be its own.
    std::fs::set_permissions(data.path(), Permissions::from_mode(0o700)).unwrap();
    for name in UNFINISHED {
        std::fs::create_dir_all(file(name).parent().unwrap()).unwrap();
        std::fs::write(file(name).with_extension("new"), "half").unwrap();
    }
    let kept = ["jobs/mail/4.dead", "outbox/5.eml", "outbox/6.news"].map(file);
    for file in &kept {
        std::fs::write(file, "whole").unwrap();
    }
    let _local = Local::start(data.path(), &["--db-port", "0"]).await;
    for name in UNFINISHED {
        assert!(!file(name).with_extension("new").exists(), "{name}");
    }
    for file in &kept {
        assert!(file.exists(), "{}", file.display());
    }
}
