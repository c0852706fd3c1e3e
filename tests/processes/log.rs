use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tests::executable;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::Command as AsyncCommand;

use crate::{Local, call, call_with};

const HERE: [u8; 4] = [127, 0, 0, 1];

/// The log that `local` writes into a pipe during these calls. Each line is written before the response is sent.
async fn log_of(options: &[&str], calls: impl AsyncFnOnce(&str)) -> String {
    let data = tempfile::tempdir().unwrap();
    let mut command = AsyncCommand::new(executable("local"));
    command.args(["--port", "0", "--db-port", "0", "--data", data.path().to_str().unwrap()]).args(options);
    let mut local = Local::ready_with(command, Stdio::piped()).await;
    calls(&local.url).await;
    local.process.start_kill().unwrap();
    let mut log = String::new();
    local.process.stderr.take().unwrap().read_to_string(&mut log).await.unwrap();
    log.split_once("\n\n").and_then(|(_, rest)| rest.split_once("\n\n")).expect("the greeting").1.to_owned()
}

/// The words of a request's line.
#[track_caller]
fn words<'a>(log: &'a str, request: &str) -> Vec<&'a str> {
    let mut lines = log.lines().filter(|line| line.split_whitespace().collect::<Vec<_>>().join(" ").contains(request));
    let line = lines.next().unwrap_or_else(|| panic!("no line for {request}: {log}"));
    assert!(lines.next().is_none(), "more than one line for {request}: {log}");
    line.split_whitespace().collect()
}

fn sign_in(username: &str, password: &str) -> String {
    json!({ "username": username, "password": password }).to_string()
}

/// Makes seven requests of all kinds. Returns the id of the signed-in user, and secrets that must not be in the log.
async fn requests(url: &str) -> (String, Vec<String>) {
    let to = |path: &str| format!("{url}{path}");
    let (token, wrong) = (to("/v1/auth/token"), "wrong-password");
    assert_eq!(call("POST", &token, HERE, &sign_in("staff", wrong)).await.0, 401);
    let (_, tokens) = call("POST", &token, HERE, &sign_in("staff", identity::demo::PASSWORD)).await;
    let tokens: Value = serde_json::from_str(&tokens).unwrap();
    let staff = tokens["access_token"].as_str().unwrap();
    let (_, me) = call_with("GET", &to("/v1/users/me?token=in-the-query"), HERE, "", staff).await;
    let me: Value = serde_json::from_str(&me).unwrap();
    assert_eq!(call("GET", &to("/v1/users"), HERE, "").await.0, 403);
    assert_eq!(call_with("PATCH", &to("/v1/users/me"), HERE, "{}", staff).await.0, 422);
    assert_eq!(call_with("PATCH", &to("/v1/users/1"), HERE, "{}", staff).await.0, 403);
    assert_eq!(call("PUT", &to("/nowhere"), HERE, "").await.0, 404);
    let secrets =
        [wrong, identity::demo::PASSWORD, staff, tokens["refresh_token"].as_str().unwrap(), "in-the-query", "@example"];
    (me["id"].as_str().unwrap().to_owned(), secrets.map(str::to_owned).into())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_for_people_has_a_line_for_each_request_and_no_secret() {
    let mut made = Default::default();
    let log = log_of(&["--log", "text"], async |url| made = requests(url).await).await;
    let (user, secrets) = made;
    let who = &user[user.len() - 8..];
    for (status, who, request, why) in [
        ("401", "-", "POST /v1/auth/token sign_in_failed", "sign_in_failed password_wrong"),
        ("200", who, "GET /v1/users/me", ""),
        ("403", "-", "GET /v1/users token_refused", "token_refused missing"),
        ("422", who, "PATCH /v1/users/me validation_failed", "validation_failed"),
        ("403", who, "PATCH /v1/users/1", "role_refused superuser_required"),
        ("404", "-", "PUT /nowhere", "gateway: Not Found"),
    ] {
        let words = words(&log, request);
        assert_eq!((words[0], words[2], words[3]), (status, "ms", who), "{log}");
        assert_eq!(words[6..].join(" "), why, "{log}");
    }
    assert_eq!(words(&log, "sign_in_succeeded")[..2], [who, "sign_in_succeeded"], "{log}");
    assert_eq!(log.lines().filter(|line| line.contains(" ms ")).count(), 7, "{log}");
    assert!(log.is_ascii() && !log.contains('\x1b'), "{log}");
    for secret in &secrets {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_can_neither_forge_a_line_nor_tell_the_terminal_anything() {
    let log = log_of(&["--log", "text"], async |url| {
        assert_eq!(call("GET", &format!("{url}/a%0A200%1B[2J"), HERE, "").await.0, 404);
        let mut socket = TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap();
        let request = "GET /\u{e9}\u{202e}\u{9b}2J HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut response = String::new();
        socket.read_to_string(&mut response).await.unwrap();
        assert!(response.starts_with("HTTP/1.1 404"), "{response}");
    })
    .await;
    let paths = log.lines().map(|line| line.split_whitespace().nth(5).unwrap()).collect::<Vec<_>>();
    assert_eq!(paths, ["/a%0A200%1B[2J", r"/\u{e9}\u{202e}\u{9b}2J"], "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_json_outside_a_terminal() {
    let requests = async |url: &str| {
        assert_eq!(call("GET", &format!("{url}/v1/health"), HERE, "").await.0, 200);
        assert_eq!(call("GET", &format!("{url}/nowhere"), HERE, "").await.0, 404);
    };
    for options in [&[][..], &["--log", "json"]] {
        let log = log_of(options, requests).await;
        let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        let routes: Vec<_> =
            lines.iter().filter(|line| line["event"] == "request").map(|line| &line["route"]).collect();
        assert_eq!(routes, ["GET /v1/health"], "a request that reaches no function has no line: {log}");
    }
}

#[test]
fn no_other_log_is_taken() {
    let output = Command::new(executable("local")).args(["--log", "xml"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("'--log <FORM>'") && said.contains("[possible values: text, json]"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_itself_leads_to_the_page() {
    let data = tempfile::tempdir().unwrap();
    let local = Local::start(data.path(), &["--db-port", "0"]).await;
    let address = local.url.strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(b"GET /?a=b HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut response = String::new();
    socket.read_to_string(&mut response).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 307"), "{response}");
    assert!(response.contains("\r\nlocation: /docs\r\n"), "{response}");
    assert_eq!(call("GET", &format!("{}/docs", local.url), HERE, "").await.0, 200);
    let nothing = (404, r#"{"message":"Not Found"}"#.to_owned());
    assert_eq!(call("POST", &local.url, HERE, "").await, nothing);
    assert_eq!(call("GET", &format!("{}//", local.url), HERE, "").await, nothing);
}

/// The log that `local` writes to a terminal for an unknown route. `script`, of Debian's base system, is the terminal.
#[cfg(target_os = "linux")]
async fn in_a_terminal(no_color: &str) -> String {
    let local = format!("exec '{}' --ephemeral --port 0 --db-port 0", executable("local").display());
    let mut command = AsyncCommand::new("script");
    command.args(["-qec", &local, "/dev/null"]).env("SHELL", "/bin/sh").env("NO_COLOR", no_color);
    let mut script = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn().expect("script");
    let mut screen = BufReader::new(script.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("ready ") {
        line.clear();
        assert_ne!(screen.read_line(&mut line).await.unwrap(), 0, "`local` ended early");
    }
    call("GET", &format!("{}/nowhere", line.trim_start_matches("ready ").trim()), HERE, "").await;
    // Ctrl-C ends `local`.
    script.stdin.take().unwrap().write_all(b"\x03").await.unwrap();
    let mut log = String::new();
    screen.read_to_string(&mut log).await.unwrap();
    log
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn the_log_has_colours_in_a_terminal_and_only_there() {
    let log = in_a_terminal("").await;
    assert!(log.contains("\x1b[33m404\x1b[0m ") && log.contains(" GET /nowhere  "), "{log:?}");
    let log = in_a_terminal("1").await;
    assert!(log.contains("404 ") && log.contains(" GET /nowhere  gateway: Not Found"), "{log:?}");
    assert!(!log.contains('\x1b'), "{log:?}");
}
