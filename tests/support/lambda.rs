use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api::{Entry, Response};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use local::Invoke;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};

use crate::record;

/// A small Lambda: one process per function, which starts at its first invocation with its own environment, and gets
/// events through the runtime API.
#[derive(Clone)]
pub struct Lambda(Arc<Inner>);

struct Inner {
    functions: HashMap<String, Launch>,
    running: AsyncMutex<HashMap<String, Process>>,
}

/// The settings with which a function starts.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The file to run.
    pub executable: PathBuf,
    /// The function's name in Lambda.
    pub function_name: String,
    /// The function's environment, without the variables in which Lambda describes the function.
    pub environment: BTreeMap<String, String>,
    /// The memory in megabytes.
    pub memory: u64,
    /// The timeout in seconds.
    pub timeout: u64,
}

impl Lambda {
    /// Functions by the names of their binaries.
    pub fn new(functions: HashMap<String, Launch>) -> Self {
        Self(Arc::new(Inner { functions, running: AsyncMutex::default() }))
    }

    /// Invokes a function with an event.
    ///
    /// # Errors
    /// The function's own error, or that it ended or timed out.
    pub async fn run(&self, binary: &str, event: Value) -> Result<Value, String> {
        let function = &self.0.functions[binary];
        let response = {
            let mut running = self.0.running.lock().await;
            if !running.contains_key(binary) {
                running.insert(binary.to_owned(), start(function).await);
            }
            let (sender, response) = oneshot::channel();
            running[binary].queue.send(Invocation { event, response: sender }).await.unwrap();
            response
        };
        match tokio::time::timeout(Duration::from_secs(function.timeout), response).await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => Err(format!("{binary} went away")),
            Err(_) => Err(format!("{binary} did not respond within {} s", function.timeout)),
        }
    }

    /// Ends the process of a function: the next invocation is a cold start.
    pub async fn recycle(&self, binary: &str) {
        self.0.running.lock().await.remove(binary).unwrap();
    }

    /// The running functions, and the peak memory of each in kilobytes.
    pub async fn peaks(&self) -> BTreeMap<String, u64> {
        let running = self.0.running.lock().await;
        let peak = |process: &Process| {
            let status = std::fs::read_to_string(format!("/proc/{}/status", process.child.id()?)).ok()?;
            let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
            peak.split_whitespace().next()?.parse().ok()
        };
        running.iter().map(|(name, process)| (name.clone(), peak(process).unwrap_or_default())).collect()
    }
}

async fn start(function: &Launch) -> Process {
    let (queue, invocations) = mpsc::channel(16);
    let api = RuntimeApi(Arc::new((AsyncMutex::new(invocations), Mutex::default())));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = tokio::spawn(async move { axum::serve(listener, api.router()).await });
    let mut command = Command::new(&function.executable);
    command.env_clear().envs(&function.environment).envs([
        ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
        ("AWS_LAMBDA_FUNCTION_NAME", &function.function_name),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &function.memory.to_string()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
    ]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    // CloudWatch gets standard output and standard error.
    tokio::spawn(keep(child.stdout.take().unwrap(), record::log_lines));
    tokio::spawn(keep(child.stderr.take().unwrap(), |line| {
        record::log_lines(line);
        eprintln!("{line}");
    }));
    Process { child, queue, server }
}

async fn keep(output: impl AsyncRead + Unpin, note: impl Fn(&str)) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        note(&line);
    }
}

/// API Gateway's integration of a function. A failure of the function is the gateway's 500.
impl Invoke for Lambda {
    async fn invoke(&self, function: Entry, event: Value) -> Response {
        match self.run(function.name, event).await {
            Ok(output) => to_response(&output),
            Err(cause) => {
                eprintln!("{cause}");
                Response::json(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "message": "Internal Server Error" }))
            }
        }
    }
}

fn to_response(output: &Value) -> Response {
    let mut response = Response::empty(StatusCode::from_u16(output["statusCode"].as_u64().unwrap() as u16).unwrap());
    for (name, value) in output["headers"].as_object().unwrap() {
        let name: axum::http::HeaderName = name.parse().unwrap();
        response.headers.insert(name, value.as_str().unwrap().parse().unwrap());
    }
    response.body = output["body"].as_str().map(str::to_owned);
    response
}

struct Process {
    child: Child,
    queue: mpsc::Sender<Invocation>,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.server.abort();
    }
}

struct Invocation {
    event: Value,
    response: oneshot::Sender<Result<Value, String>>,
}

type Waiting = HashMap<String, oneshot::Sender<Result<Value, String>>>;

/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>
#[derive(Clone)]
struct RuntimeApi(Arc<(AsyncMutex<mpsc::Receiver<Invocation>>, Mutex<Waiting>)>);

impl RuntimeApi {
    fn router(self) -> Router {
        let invocation = "/2018-06-01/runtime/invocation";
        Router::new()
            .route(&format!("{invocation}/next"), get(next))
            .route(&format!("{invocation}/{{id}}/response"), post(response))
            .route(&format!("{invocation}/{{id}}/error"), post(error))
            .with_state(self)
    }

    fn finish(&self, id: &str, response: Result<Value, String>) -> StatusCode {
        match self.0.1.lock().unwrap().remove(id) {
            // The caller may have timed out.
            Some(waiting) => waiting.send(response).map_or(StatusCode::GONE, |()| StatusCode::ACCEPTED),
            None => StatusCode::NOT_FOUND,
        }
    }
}

async fn next(State(api): State<RuntimeApi>) -> impl IntoResponse {
    let Some(Invocation { event, response }) = api.0.0.lock().await.recv().await else {
        return (HeaderMap::new(), String::new());
    };
    let id = uuid::Uuid::from_bytes(auth::random(&auth::OsEntropy).unwrap()).to_string();
    let deadline = (jiff::Timestamp::now().as_millisecond() + 10_000).to_string();
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("lambda-runtime-aws-request-id", id.as_str()),
        ("lambda-runtime-deadline-ms", &deadline),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:123456789012:function:rehearsal"),
        ("lambda-runtime-trace-id", "Root=1-00000000-000000000000000000000000;Sampled=0"),
    ] {
        headers.insert(name, value.parse().unwrap());
    }
    api.0.1.lock().unwrap().insert(id, response);
    (headers, event.to_string())
}

async fn response(State(api): State<RuntimeApi>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    api.finish(&id, Ok(serde_json::from_slice(&body).unwrap_or_default()))
}

async fn error(State(api): State<RuntimeApi>, Path(id): Path<String>, body: String) -> StatusCode {
    api.finish(&id, Err(body))
}
