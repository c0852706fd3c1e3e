//! The real executables: their start, their errors at the start, and several of them on one database.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod admin;
mod events;
mod everybody;
#[cfg(target_os = "linux")]
mod factors;
mod functions;
mod invitations;
mod local;
mod log;
mod operators;
mod pages;
mod secrets;
mod stop;
mod watch;

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::Stdio;

use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tests::{executable, record};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command as AsyncCommand};

/// A running `local`, which ends when the test ends.
struct Local {
    process: Child,
    url: String,
}

impl Local {
    async fn start(data: &Path, options: &[&str]) -> Self {
        let mut command = AsyncCommand::new(executable("local"));
        command.args(["--port", "0", "--data", data.to_str().unwrap()]).args(options);
        Self::ready(command).await
    }

    async fn ready(command: AsyncCommand) -> Self {
        Self::ready_with(command, Stdio::null()).await
    }

    async fn ready_with(mut command: AsyncCommand, log: Stdio) -> Self {
        let command = command.stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let line = BufReader::new(process.stdout.take().unwrap()).lines().next_line().await.unwrap();
        let url = line.unwrap_or_default().strip_prefix("ready ").expect("the first line is `ready URL`").to_owned();
        Self { process, url }
    }
}

/// Makes a call from `address`, one of this machine's addresses. Returns the status and the body.
async fn call(method: &str, url: &str, address: [u8; 4], body: &str) -> (u16, String) {
    call_with(method, url, address, body, "").await
}

/// Like `call`, with an access token.
async fn call_with(method: &str, url: &str, address: [u8; 4], body: &str, token: &str) -> (u16, String) {
    record::secrets(&serde_json::from_str(body).unwrap_or_default());
    let mut connector = HttpConnector::new();
    connector.set_local_address(Some(IpAddr::V4(Ipv4Addr::from(address))));
    let client: Client<_, Full<bytes::Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
    let request = http::Request::builder().method(method).uri(url).header("content-type", "application/json");
    let request = if token.is_empty() { request } else { request.header("authorization", format!("Bearer {token}")) };
    let response = client.request(request.body(Full::from(body.to_owned())).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let body = String::from_utf8(body.to_vec()).unwrap();
    record::secrets(&serde_json::from_str(&body).unwrap_or_default());
    (status, body)
}
