//! The secrets of the local server: nobody else on this machine reads its files, and no page in a browser reads its
//! API under a foreign name, or its database.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use tests::executable;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command as AsyncCommand;

use crate::{Local, call};

/// The permissions of group and others.
const OF_OTHERS: u32 = 0o077;

fn mode(path: &Path) -> u32 {
    std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// A directory and everything in it.
fn all(directory: &Path) -> Vec<PathBuf> {
    let mut found = vec![directory.to_owned()];
    for entry in std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() { found.extend(all(&entry)) } else { found.push(entry) }
    }
    found
}

/// Starts `local` with a umask.
async fn start(umask: &str, options: &[&str], temporary: &Path) -> Local {
    let mut command = AsyncCommand::new("sh");
    command.arg("-c").arg(format!("umask {umask}; exec \"$0\" \"$@\"")).arg(executable("local"));
    command.args(["--port", "0", "--db-port", "0"]).args(options).env("TMPDIR", temporary);
    Local::ready(command).await
}

/// Requests a mail that is sent at once, and one that waits. Returns when the first is in the outbox.
async fn write_mails_and_jobs(local: &Local, directory: &Path) {
    let post = async |path: &str, body: serde_json::Value| {
        call("POST", &format!("{}{path}", local.url), [127, 0, 0, 1], &body.to_string()).await.0
    };
    let reset = json!({ "email": "staff@example.com" });
    assert_eq!(post("/v1/auth/password-reset", reset).await, 202);
    let sign_up = json!({ "username": "ada", "email": "ada@example.com", "password": "nine-patient-herons" });
    assert_eq!(post("/v1/users", sign_up).await, 201);
    let is_mail = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "eml");
    while !all(directory).iter().any(is_mail) {
        tokio::task::yield_now().await;
    }
}

/// Checks everything in the data directory, which must have these files and a job.
#[track_caller]
fn assert_closed(directory: &Path, files: &[&str], case: &str) {
    let found = all(directory);
    for file in files {
        assert!(found.contains(&directory.join(file)), "{case}: no {file} in {found:?}");
    }
    assert!(found.iter().any(|file| file.starts_with(directory.join("jobs")) && file.is_file()), "{case}: {found:?}");
    for path in found {
        assert_eq!(mode(&path) & OF_OTHERS, 0, "{case}: {} has mode {:o}", path.display(), mode(&path));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_local_keeps_is_open_to_others() {
    for umask in ["022", "000"] {
        let folder = tempfile::tempdir().unwrap();
        set_mode(folder.path(), 0o755);
        let local = start(umask, &["--ephemeral"], folder.path()).await;
        let directory = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
        write_mails_and_jobs(&local, &directory).await;
        assert_closed(&directory, &["signing-seed", "env"], &format!("--ephemeral, umask {umask}"));

        let (new, empty) = (folder.path().join("a/new"), folder.path().join("empty"));
        std::fs::create_dir(&empty).unwrap();
        set_mode(&empty, 0o777);
        for data in [new, empty] {
            let local = start(umask, &["--data", data.to_str().unwrap()], folder.path()).await;
            write_mails_and_jobs(&local, &data).await;
            let files = ["signing-seed", "env", "dynamodb.sqlite"];
            assert_closed(&data, &files, &format!("{}, umask {umask}", data.display()));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_data_directory_is_closed_with_everything_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let (data, elsewhere) = (folder.path().join("data"), folder.path().join("elsewhere"));
    let options = ["--data", data.to_str().unwrap()];
    let local = start("022", &options, folder.path()).await;
    write_mails_and_jobs(&local, &data).await;
    drop(local);
    std::fs::write(&elsewhere, "not ours").unwrap();
    set_mode(&elsewhere, 0o644);
    for path in all(&data) {
        set_mode(&path, if path.is_dir() { 0o777 } else { 0o666 });
    }
    std::os::unix::fs::symlink(&elsewhere, data.join("outbox/link")).unwrap();
    let _local = start("022", &options, folder.path()).await;
    std::fs::remove_file(data.join("outbox/link")).unwrap();
    assert_closed(&data, &["signing-seed", "env", "dynamodb.sqlite", "outbox"], "opened by hand");
    assert_eq!(mode(&elsewhere), 0o644, "a link leads to no other file");
}

#[tokio::test]
async fn local_neither_uses_nor_closes_an_open_directory_of_somebody_else() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("letter"), "").unwrap();
    for open in [0o755, 0o750, 0o701, 0o1777] {
        set_mode(folder.path(), open);
        let mut command = AsyncCommand::new(executable("local"));
        command.args(["--port", "0", "--db-port", "0", "--data", folder.path().to_str().unwrap()]).kill_on_drop(true);
        let ends = tokio::time::timeout(Duration::from_secs(10), command.output());
        let output = ends.await.unwrap_or_else(|_| panic!("{open:o}: it runs")).unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(1), true), "{open:o}: {said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{open:o}: {said}");
        assert!(said.contains("is open to other users, and not a data directory"), "{open:o}: {said}");
        assert_eq!(mode(folder.path()), open);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "{open:o}: nothing was written");
    }
}

/// Sends a request as it is. Returns the whole response.
async fn send(url: &str, request: &str) -> String {
    let mut socket = TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    socket.read_to_string(&mut response).await.unwrap();
    response
}

const FORBIDDEN: &str = r#"{"message":"Forbidden"}"#;

/// Names that a page can have in a browser on this machine: by DNS, a page of any name can lead here.
const FOREIGN: [&str; 13] = [
    "host: evil.example\r\n",
    "host: evil.example:3000\r\n",
    "host: localhost.evil.example\r\n",
    "host: 127.0.0.1.evil.example\r\n",
    "host: evil.example@127.0.0.1\r\n",
    "host: 127.0.0.1@evil.example\r\n",
    "host: 10.0.0.1\r\n",
    "host: 0.0.0.0\r\n",
    "host: [::2]\r\n",
    "host: \r\n",
    "host: 127.0.0.1, evil.example\r\n",
    "host: 127.0.0.1\r\nhost: evil.example\r\n",
    "",
];

const OURS: [&str; 7] = [
    "host: 127.0.0.1\r\n",
    "host: 127.0.0.1:1\r\n",
    "host: 127.0.0.77:3000\r\n",
    "host: localhost\r\n",
    "Host: LOCALHOST:65535\r\n",
    "host: [::1]\r\n",
    "host: [::1]:3000\r\n",
];

#[tokio::test(flavor = "multi_thread")]
async fn local_refuses_requests_for_other_hosts() {
    let folder = tempfile::tempdir().unwrap();
    let local = start("022", &["--ephemeral", "--log", "json"], folder.path()).await;
    let get = async |target: &str, host: &str| {
        send(
            &local.url,
            &format!("GET {target} HTTP/1.1\r\n{host}origin: http://a.example\r\nconnection: close\r\n\r\n"),
        )
        .await
    };
    for path in ["/v1/health", "/", "/nowhere"] {
        for host in FOREIGN {
            let response = get(path, host).await;
            assert!(
                response.starts_with("HTTP/1.1 403") && response.ends_with(FORBIDDEN),
                "{path} {host:?}: {response}"
            );
            assert!(!response.to_lowercase().contains("access-control"), "{path} {host:?}: {response}");
        }
    }
    for host in OURS {
        let response = get("/v1/health", host).await;
        assert!(response.starts_with("HTTP/1.1 200"), "{host:?}: {response}");
    }
    // The target may name a host, too. Then both names count.
    for (target, host, status) in [
        ("http://evil.example/v1/health", "host: 127.0.0.1\r\n", 403),
        ("http://127.0.0.1/v1/health", "host: evil.example\r\n", 403),
        ("http://a@127.0.0.1/v1/health", "host: 127.0.0.1\r\n", 403),
        ("http://127.0.0.1/v1/health", "", 403),
        ("http://localhost:3000/v1/health", "host: 127.0.0.1\r\n", 200),
    ] {
        let response = get(target, host).await;
        assert!(response.starts_with(&format!("HTTP/1.1 {status}")), "{target} {host:?}: {response}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_reads_the_database() {
    let data = tempfile::tempdir().unwrap();
    for options in [&["--db-port", "0"][..], &["--db-port", "0", "--database-only"]] {
        let local = Local::start(data.path(), options).await;
        let environment = std::fs::read_to_string(data.path().join("env")).unwrap();
        let database =
            environment.lines().find_map(|line| line.strip_prefix("AWS_ENDPOINT_URL_DYNAMODB=")).unwrap().to_owned();
        // The list of tables, as the SDK asks for it.
        let signed = "content-type: application/x-amz-json-1.0\r\nx-amz-target: DynamoDB_20120810.ListTables\r\n\
            x-amz-date: 20260101T000000Z\r\nauthorization: AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/\
            aws4_request, SignedHeaders=host, Signature=b\r\ncontent-length: 2\r\nconnection: close\r\n";
        let list = async |more: &str| send(&database, &format!("POST / HTTP/1.1\r\n{signed}{more}\r\n{{}}")).await;
        let listed = list("host: 127.0.0.1\r\n").await;
        assert!(listed.starts_with("HTTP/1.1 200") && listed.contains("local-users"), "{listed}");
        assert!(!listed.to_lowercase().contains("access-control"), "{listed}");

        let asked = "access-control-request-method: POST\r\naccess-control-request-headers: authorization\r\n";
        let preflight = async |more: &str| {
            send(&database, &format!("OPTIONS / HTTP/1.1\r\nconnection: close\r\n{asked}{more}\r\n")).await
        };
        let foreign = FOREIGN.map(str::to_owned).into_iter();
        let of_pages = ["https://a.example", "null", "http://127.0.0.1", "", &database]
            .map(|origin| format!("host: 127.0.0.1\r\norigin: {origin}\r\n"));
        for more in foreign.chain(of_pages) {
            for response in [list(&more).await, preflight(&more).await] {
                let refused = response.starts_with("HTTP/1.1 403") && response.ends_with(FORBIDDEN);
                assert!(refused && !response.contains("local-users"), "{more:?}: {response}");
                assert!(!response.to_lowercase().contains("access-control"), "{more:?}: {response}");
            }
        }
        drop(local);
    }
}

/// The ports on which a process listens.
#[cfg(target_os = "linux")]
fn listening_ports(process: u32) -> Vec<u16> {
    let links = std::fs::read_dir(format!("/proc/{process}/fd"))
        .unwrap()
        .filter_map(|entry| entry.ok()?.path().read_link().ok());
    let sockets: Vec<String> = links.map(|link| link.to_string_lossy().into_owned()).collect();
    let table = std::fs::read_to_string(format!("/proc/{process}/net/tcp")).unwrap();
    let rows = table.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
    let rows = rows.filter(|row| row[3] == "0A" && sockets.contains(&format!("socket:[{}]", row[9])));
    rows.map(|row| u16::from_str_radix(row[1].split_once(':').unwrap().1, 16).unwrap()).collect()
}

/// The server of the embedded database admits pages, so its own ports must serve nobody.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn local_answers_on_two_ports_only() {
    let data = tempfile::tempdir().unwrap();
    let local = Local::start(data.path(), &["--db-port", "0"]).await;
    write_mails_and_jobs(&local, data.path()).await;
    let ports = listening_ports(local.process.id().unwrap());
    assert!(ports.len() >= 2, "{ports:?}");
    let mut answers = 0;
    for port in &ports {
        let get = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        let url = format!("http://127.0.0.1:{port}");
        answers += usize::from(tokio::time::timeout(Duration::from_millis(500), send(&url, get)).await.is_ok());
    }
    assert_eq!(answers, 2, "{ports:?}");
}
