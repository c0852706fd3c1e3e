use std::fmt::Display;
use std::future::Future;
use std::process::ExitCode;

use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::lambda_runtime::{self, LambdaEvent, service_fn};
use serde_json::Value;

use crate::app::App;
use crate::call::call;
use crate::endpoint::Endpoint;
use crate::error::{Error, Result};
use crate::log;
use crate::needs::{Needs, Nothing};
use crate::settings::Settings;
use crate::worker::{Worker, work_batch};

/// Serves endpoint `E` as a Lambda function. Returns only when it can't: with one line that says why.
pub fn serve<E: Endpoint>() -> ExitCode {
    run(E::ROUTE, async |settings: Settings| {
        let app = App::start::<E>(&settings).await?;
        let service = service_fn(move |event: LambdaEvent<Value>| {
            let app = app.clone();
            async move {
                let answer = call::<E>(&app, event.payload).await;
                Ok::<ApiGatewayV2httpResponse, lambda_runtime::Error>(answer.into())
            }
        });
        lambda_runtime::run_concurrent(service).await.map_err(stopped)
    })
}

/// Serves worker `W` as a Lambda function that SQS invokes, with partial batch responses.
pub fn serve_worker<W: Worker>(name: &str) -> ExitCode {
    run(name, async |settings: Settings| {
        let app = App::start::<Nothing>(&settings).await?;
        let worker = &W::new(app, &settings)?;
        let service = service_fn(async |event: LambdaEvent<Value>| {
            work_batch(worker, event.payload).await.map_err(lambda_runtime::Error::from)
        });
        lambda_runtime::run(service).await.map_err(stopped)
    })
}

/// Serves `task` as a Lambda function that a schedule invokes. A failure is the invocation's, which is tried again.
pub fn serve_task<N: Needs, F: Future<Output = Result<()>>>(name: &str, task: impl Fn(App) -> F) -> ExitCode {
    run(name, async |settings: Settings| {
        let app = App::new_for_system::<N>(&settings)?;
        let service = service_fn(async |_: LambdaEvent<Value>| {
            let done = task(app.clone()).await;
            log::log_job(name, &done);
            done.map_err(lambda_runtime::Error::from)
        });
        lambda_runtime::run(service).await.map_err(stopped)
    })
}

fn stopped(error: lambda_runtime::Error) -> Error {
    Error::Internal(error.to_string())
}

fn run(name: impl Display, serve: impl AsyncFnOnce(Settings) -> Result<()>) -> ExitCode {
    let namespace = std::env::var("METRICS_NAMESPACE").ok().filter(|name| !name.is_empty());
    log::start_log(std::io::stdout, namespace);
    log::log_panics();
    match start(serve) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name} can't start: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start(serve: impl AsyncFnOnce(Settings) -> Result<()>) -> Result<()> {
    let settings = Settings::read(|name| std::env::var(name).ok())?;
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        let problem = "is not set: this runs as a Lambda function, or under `cargo lambda watch`".to_owned();
        return Err(Error::Setting { name: "AWS_LAMBDA_RUNTIME_API", problem });
    }
    // One thread: a function has about one processor, and hashing has its own threads.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Error::Internal(error.to_string()))?.block_on(serve(settings))
}
