use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::{get, post};
use jiff::Timestamp;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};

/// Timeout, longer than any measurement.
const PATIENCE: Duration = Duration::from_secs(60);

/// A function's process, served through the Lambda Runtime API
/// (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>). The process ends when this is dropped.
pub struct Process {
    child: Child,
    started: Instant,
    /// Time from the start to the first poll for an event.
    pub first_poll: Duration,
    events: mpsc::Sender<Value>,
    responses: mpsc::Receiver<Received>,
    server: tokio::task::JoinHandle<()>,
}

/// The response of a function.
pub struct Reply {
    pub response: Value,
    /// Time since the event was sent.
    pub took: Duration,
    /// Time since the process was started.
    pub since_start: Duration,
}

struct Received {
    response: Result<Value, String>,
    at: Instant,
}

struct Shared {
    first_poll: Mutex<Option<oneshot::Sender<Instant>>>,
    events: AsyncMutex<mpsc::Receiver<Value>>,
    responses: mpsc::Sender<Received>,
}

impl Process {
    /// Starts a function, and waits for its first poll.
    pub async fn start(executable: &Path, environment: &BTreeMap<String, String>) -> Result<Self, String> {
        Self::start_with(executable, &[], environment).await
    }

    /// Starts a function whose runtime is a program with these arguments, and waits for its first poll.
    pub async fn start_with(
        executable: &Path,
        arguments: &[OsString],
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, String> {
        let (events, incoming) = mpsc::channel(1);
        let (outgoing, responses) = mpsc::channel(1);
        let (polls, polled) = oneshot::channel();
        let first_poll = Mutex::new(Some(polls));
        let shared = Arc::new(Shared { first_poll, events: AsyncMutex::new(incoming), responses: outgoing });
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| error.to_string())?;
        let address = listener.local_addr().map_err(|error| error.to_string())?.to_string();
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, router(shared)).await;
        });
        let mut command = Command::new(executable);
        command.args(arguments).env_clear().envs(environment).envs([
            ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        let started = Instant::now();
        let name = executable.display();
        let mut child = command.spawn().map_err(|error| format!("{name}: {error}"))?;
        let polled = tokio::select! {
            polled = tokio::time::timeout(PATIENCE, polled) => polled.ok().and_then(Result::ok),
            ended = child.wait() => return Err(format!("{name} ended before it polled: {ended:?}")),
        };
        let polled = polled.ok_or_else(|| format!("{name} never polled"))?;
        Ok(Self { child, started, first_poll: polled - started, events, responses, server })
    }

    /// Sends an event, and waits for the response.
    pub async fn invoke(&mut self, event: Value) -> Result<Reply, String> {
        let sent = Instant::now();
        self.events.send(event).await.map_err(|error| error.to_string())?;
        let received = tokio::time::timeout(PATIENCE, self.responses.recv()).await;
        let received = received.ok().flatten().ok_or("a function did not respond")?;
        Ok(Reply { response: received.response?, took: received.at - sent, since_start: received.at - self.started })
    }

    /// Processor time of all threads so far.
    pub fn cpu(&self) -> Result<Duration, String> {
        let id = self.child.id().ok_or("a process went away")?;
        let tasks = std::fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
        let sum = tasks.filter_map(|task| cpu(&task.path())).sum::<Duration>();
        if sum.is_zero() { Err("there are no /proc/PID/task/*/schedstat: Linux has them".to_owned()) } else { Ok(sum) }
    }

    /// Peak memory so far, in MiB.
    pub fn peak(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        peak.split_whitespace().next()?.parse::<f64>().ok().map(|kilobytes| kilobytes / 1024.0)
    }

    /// Moves the process into a control group.
    pub fn join(&self, group: &Path) -> Result<(), String> {
        let id = self.child.id().ok_or("a process went away")?;
        std::fs::write(group.join("cgroup.procs"), id.to_string()).map_err(|error| error.to_string())
    }

    /// Ends the process, and waits for its exit, so that it does not slow down the next measurement.
    pub async fn end(mut self) {
        let _ = self.child.kill().await;
    }
}

/// Processor time of a thread so far, from its folder in `/proc`.
pub fn cpu(thread: &Path) -> Option<Duration> {
    let text = std::fs::read_to_string(thread.join("schedstat")).ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

impl Drop for Process {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn router(shared: Arc<Shared>) -> Router {
    let invocation = "/2018-06-01/runtime/invocation";
    Router::new()
        .route(&format!("{invocation}/next"), get(next))
        .route(&format!("{invocation}/{{id}}/response"), post(response))
        .route(&format!("{invocation}/{{id}}/error"), post(error))
        .with_state(shared)
}

async fn next(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    let now = Instant::now();
    if let Some(first) = shared.first_poll.lock().ok().and_then(|mut first| first.take()) {
        let _ = first.send(now);
    }
    let event = shared.events.lock().await.recv().await.unwrap_or_default();
    let deadline = HeaderValue::from(Timestamp::now().as_millisecond() + 10_000);
    let headers = AppendHeaders([
        (HeaderName::from_static("lambda-runtime-aws-request-id"), HeaderValue::from_static("bench")),
        (HeaderName::from_static("lambda-runtime-deadline-ms"), deadline),
        (
            HeaderName::from_static("lambda-runtime-invoked-function-arn"),
            HeaderValue::from_static("arn:aws:lambda:us-east-1:123456789012:function:bench"),
        ),
    ]);
    (headers, event.to_string())
}

async fn response(State(shared): State<Arc<Shared>>, body: Bytes) -> StatusCode {
    let at = Instant::now();
    let response = serde_json::from_slice(&body).map_err(|error| error.to_string());
    let _ = shared.responses.send(Received { response, at }).await;
    StatusCode::ACCEPTED
}

async fn error(State(shared): State<Arc<Shared>>, body: String) -> StatusCode {
    let _ = shared.responses.send(Received { response: Err(body), at: Instant::now() }).await;
    StatusCode::ACCEPTED
}
