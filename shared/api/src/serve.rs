use std::fmt::Display;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;

use auth::{BoxFuture, Guard, OsEntropy, Public, SystemClock};
use dynamo::Db;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::lambda_runtime::{self, LambdaEvent, service_fn};
use serde_json::Value;

use crate::call::call;
use crate::context::{Context, Permit};
use crate::endpoint::{Endpoint, is_public, uses_database};
use crate::error::{Error, Result};
use crate::jobs::{Task, Worker, handle_batch, start_task, start_worker};
use crate::log::{FRAMEWORK_METRICS, Metric, log_job, log_panics, start_log};
use crate::settings::Settings;
use crate::start::{ping, start};

/// The metrics and the guard of a process. The domain that owns the accounts implements this trait.
pub trait Setup: 'static {
    /// The metrics that every process writes.
    const METRICS: &'static [&'static [Metric]];

    /// The guard of endpoints that are not public.
    fn guard(db: &Db, settings: &Settings) -> Guard;
}

/// Serves a public endpoint as a Lambda function, without accounts. Returns when the process stops. On failure it first
/// writes the cause in one line.
pub fn serve<E: Endpoint<Access = Public>>() -> ExitCode {
    run(E::ROUTE, (&[FRAMEWORK_METRICS], E::METRICS), async |settings: Settings| {
        serve_calls::<E>(settings, NO_GUARD).await
    })
}

/// Serves endpoint `E` as a Lambda function, with the guard of `S`. Returns when the process stops. On failure it first
/// writes the cause in one line.
pub fn serve_with<E: Endpoint, S: Setup>() -> ExitCode {
    run(E::ROUTE, (S::METRICS, E::METRICS), async |settings: Settings| {
        // Boxed, so that the binaries of public endpoints don't contain the code of the guard.
        let serving: Pin<Box<dyn Future<Output = Result<()>>>> = if is_public::<E>() {
            Box::pin(serve_calls::<E>(settings, NO_GUARD))
        } else {
            Box::pin(serve_calls::<E>(settings, Some(S::guard)))
        };
        serving.await
    })
}

/// No guard: for public endpoints, workers and tasks.
const NO_GUARD: Option<fn(&Db, &Settings) -> Guard> = None;

async fn serve_calls<E: Endpoint>(
    settings: Settings,
    guard: Option<impl FnOnce(&Db, &Settings) -> Guard>,
) -> Result<()> {
    let permit = Permit::for_call();
    let context = live(&settings, guard);
    start::<E::Uses>(&context, ping(&context, &permit, uses_database::<E>())).await?;
    let service = service_fn(move |event: LambdaEvent<Value>| {
        let context = context.clone();
        // Boxed, because otherwise the types of nested futures can exceed the compiler's recursion limit in a binary.
        let response: BoxFuture<'_, Result<ApiGatewayV2httpResponse, lambda_runtime::Error>> =
            Box::pin(async move { Ok(call::<E>(&context, &Permit::for_call(), event.payload).await.into()) });
        response
    });
    lambda_runtime::run_concurrent(service).await.map_err(stopped)
}

/// Serves worker `W` as a Lambda function that SQS invokes, with partial batch responses.
pub fn serve_worker<W: Worker, S: Setup>(name: &str) -> ExitCode {
    run(name, (S::METRICS, W::METRICS), async |settings: Settings| {
        let context = &live(&settings, NO_GUARD);
        let permit = Permit::for_call();
        start_worker::<W>(context, &permit).await?;
        let service = service_fn(async |event: LambdaEvent<Value>| {
            handle_batch::<W>(context, &Permit::for_call(), event.payload).await.map_err(lambda_runtime::Error::from)
        });
        lambda_runtime::run(service).await.map_err(stopped)
    })
}

/// Serves task `T` as a Lambda function that a schedule invokes. AWS tries a failed invocation again.
pub fn serve_task<T: Task, S: Setup>(name: &str) -> ExitCode {
    run(name, (S::METRICS, &[]), async |settings: Settings| {
        let context = &live(&settings, NO_GUARD);
        start_task::<T>(context, &Permit::for_call())?;
        let service = service_fn(async |_: LambdaEvent<Value>| {
            let done = crate::jobs::run_task::<T>(context, &Permit::for_call()).await;
            log_job(name, done.as_ref().map(|()| "ok"));
            done.map_err(lambda_runtime::Error::from)
        });
        lambda_runtime::run(service).await.map_err(stopped)
    })
}

/// A context with the time and randomness of the system.
fn live(settings: &Settings, guard: Option<impl FnOnce(&Db, &Settings) -> Guard>) -> Context {
    Context::new(&Permit::for_call(), settings, Arc::new(SystemClock), Arc::new(OsEntropy), guard)
}

fn stopped(error: lambda_runtime::Error) -> Error {
    Error::Internal(error.to_string())
}

fn run(
    name: impl Display,
    (shared, own): (&'static [&'static [Metric]], &'static [Metric]),
    serve: impl AsyncFnOnce(Settings) -> Result<()>,
) -> ExitCode {
    let namespace = std::env::var("METRICS_NAMESPACE").ok().filter(|name| !name.is_empty());
    start_log(std::io::stdout, namespace, shared.iter().copied().flatten().chain(own));
    log_panics();
    match run_until_stopped(serve) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name} can't start: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run_until_stopped(serve: impl AsyncFnOnce(Settings) -> Result<()>) -> Result<()> {
    let settings = Settings::read(|name| std::env::var(name).ok())?;
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        let problem = "is not set: this runs as a Lambda function, or under `cargo lambda watch`".to_owned();
        return Err(Error::Setting { name: "AWS_LAMBDA_RUNTIME_API", problem });
    }
    // One thread: a function has about one processor, and hashing has its own threads.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Error::Internal(error.to_string()))?.block_on(serve(settings))
}
