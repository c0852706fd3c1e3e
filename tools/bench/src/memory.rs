use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use auth::Roles;
use serde_json::{Value, json};
use tests::{Lambda, Launch, PASSWORD, TestApp};

use crate::build;
use crate::stats::Sample;

/// Lambda gives a function this much memory per processor, in megabytes.
const PER_PROCESSOR: u64 = 1769;
/// How often the share of a processor is dealt out, in microseconds.
const PERIOD: u64 = 20_000;
/// Between calls, so that each finds the share whole.
const PAUSE: Duration = Duration::from_micros(3 * PERIOD);
const FUNCTIONS: [&str; 4] = ["products_list", "users_me", "tokens_refresh", "tokens_issue"];

/// Runs real functions under the share of a processor that Lambda gives for each size of memory.
pub async fn run(sizes: &[u64], rounds: usize) -> ExitCode {
    match measure(sizes, rounds).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("bench: {cause}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(sizes: &[u64], rounds: usize) -> Result<(), String> {
    let executables = build::functions(FUNCTIONS)?;
    println!(
        "| function | memory (MB) | first call (ms) | next calls, median (ms) | most memory used (MB) | GB-ms per call |"
    );
    println!("|---|--:|--:|--:|--:|--:|");
    for &size in sizes {
        let group = Group::new(size)?;
        let app = TestApp::init().await;
        let launch = Launch {
            function_name: "bench".to_owned(),
            environment: app.environment.clone(),
            memory: size,
            timeout: 60,
            group: Some(group.0.clone()),
        };
        let functions = FUNCTIONS.iter().map(|name| ((*name).to_owned(), launch.clone())).collect::<HashMap<_, _>>();
        let lambda = Lambda::new(executables.clone(), functions);
        let mut client = Client::new(&app, &lambda).await?;
        for function in FUNCTIONS {
            let first = client.call(function).await?;
            let mut next = Sample::default();
            for _ in 0..rounds {
                next.push(client.call(function).await?);
            }
            let median = next.median();
            let peak = lambda.peaks().await.get(function).copied().unwrap_or_default() / 1024;
            let billed = median * size as f64 / 1024.0;
            println!("| `{function}` | {size} | {first:.0} | {median:.1} | {peak} | {billed:.1} |");
            lambda.recycle(function).await;
        }
    }
    Ok(())
}

/// Somebody who calls the functions, each time from another address.
struct Client<'a> {
    lambda: &'a Lambda,
    hosts: u16,
    tokens: Value,
}

impl<'a> Client<'a> {
    async fn new(app: &TestApp, lambda: &'a Lambda) -> Result<Self, String> {
        app.create_user("ada", "ada@example.com", Roles::default()).await;
        app.products(50).await;
        let mut client = Self { lambda, hosts: 0, tokens: Value::Null };
        client.call("tokens_issue").await?;
        lambda.recycle("tokens_issue").await;
        Ok(client)
    }

    /// One good call; how long it took, in milliseconds.
    async fn call(&mut self, function: &str) -> Result<f64, String> {
        self.hosts += 1;
        let [high, low] = self.hosts.to_be_bytes();
        let body = match function {
            "tokens_issue" => json!({ "username": "ada", "password": PASSWORD }).to_string(),
            "tokens_refresh" => json!({ "refresh_token": text(&self.tokens, "refresh_token") }).to_string(),
            _ => String::new(),
        };
        let bearer = format!("Bearer {}", text(&self.tokens, "access_token"));
        let event = json!({
            "version": "2.0",
            "rawPath": "/",
            "headers": { "content-type": "application/json", "authorization": bearer },
            "requestContext": { "http": { "method": "POST", "path": "/", "sourceIp": format!("10.0.{high}.{low}") } },
            "body": body,
            "isBase64Encoded": false,
        });
        tokio::time::sleep(PAUSE).await;
        let started = Instant::now();
        let answer = self.lambda.run(function, event).await?;
        let took = started.elapsed().as_secs_f64() * 1000.0;
        if answer.get("statusCode") != Some(&json!(200)) {
            return Err(format!("{function} was answered {answer}"));
        }
        if function.starts_with("tokens_") {
            self.tokens = serde_json::from_str(text(&answer, "body")).map_err(|error| error.to_string())?;
        }
        Ok(took)
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A control group with a function's share of a processor. It ends with the measurement.
struct Group(PathBuf);

impl Group {
    fn new(memory: u64) -> Result<Self, String> {
        let (root, quota) = (Path::new("/sys/fs/cgroup"), PERIOD * memory / PER_PROCESSOR);
        // Version 1 of control groups has a folder for each controller, version 2 has all in one.
        let (folder, limits) = match root.join("cpu").is_dir() {
            true => (root.join("cpu/bench-memory"), vec![("cpu.cfs_period_us", PERIOD), ("cpu.cfs_quota_us", quota)]),
            false => (root.join("bench-memory"), Vec::new()),
        };
        let failed = |error| format!("{}: {error}; limiting a processor takes root", folder.display());
        std::fs::create_dir_all(&folder).map_err(failed)?;
        for (name, limit) in &limits {
            std::fs::write(folder.join(name), limit.to_string()).map_err(failed)?;
        }
        if limits.is_empty() {
            std::fs::write(folder.join("cpu.max"), format!("{quota} {PERIOD}")).map_err(failed)?;
        }
        Ok(Self(folder))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir(&self.0);
    }
}
