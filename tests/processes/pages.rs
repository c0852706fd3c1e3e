//! Pages in a browser on the machine of the local server: none reads the API under a foreign name, or the database.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Local;
use crate::secrets::write_mails_and_jobs;

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
    let data = tempfile::tempdir().unwrap();
    let local = Local::start(data.path(), &["--db-port", "0"]).await;
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

/// The headers of a request for the list of tables, as the SDK sends them.
const LIST_TABLES: &str = "content-type: application/x-amz-json-1.0\r\nx-amz-target: DynamoDB_20120810.ListTables\r\n\
    x-amz-date: 20260101T000000Z\r\nauthorization: AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/\
    aws4_request, SignedHeaders=host, Signature=b\r\ncontent-length: 2\r\nconnection: close\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn no_page_reads_the_database() {
    let data = tempfile::tempdir().unwrap();
    for options in [&["--db-port", "0"][..], &["--db-port", "0", "--database-only"]] {
        let local = Local::start(data.path(), options).await;
        let environment = std::fs::read_to_string(data.path().join("env")).unwrap();
        let database =
            environment.lines().find_map(|line| line.strip_prefix("AWS_ENDPOINT_URL_DYNAMODB=")).unwrap().to_owned();
        let list = async |more: &str| send(&database, &format!("POST / HTTP/1.1\r\n{LIST_TABLES}{more}\r\n{{}}")).await;
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

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn requests_leave_no_ports_behind() {
    let data = tempfile::tempdir().unwrap();
    let local = Local::start(data.path(), &["--db-port", "0", "--database-only"]).await;
    let request = format!("POST / HTTP/1.1\r\nhost: 127.0.0.1\r\n{LIST_TABLES}\r\n{{}}");
    // One after the other, with connections that end; then many at once; then requests that are cut.
    for _ in 0..40 {
        assert!(send(&local.url, &request).await.starts_with("HTTP/1.1 200"));
    }
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..60 {
        let (url, request) = (local.url.clone(), request.clone());
        calls.spawn(async move { send(&url, &request).await });
    }
    let responses = calls.join_all().await;
    assert!(responses.iter().all(|response| response.starts_with("HTTP/1.1 200")), "{responses:?}");
    for _ in 0..40 {
        let mut socket = TcpStream::connect(local.url.strip_prefix("http://").unwrap()).await.unwrap();
        socket.write_all(request.replace("content-length: 2", "content-length: 2000").as_bytes()).await.unwrap();
    }
    assert!(send(&local.url, &request).await.starts_with("HTTP/1.1 200"));
    let ports = listening_ports(local.process.id().unwrap());
    assert!(ports.len() < 40, "{} ports", ports.len());
}
