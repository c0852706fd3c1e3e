use std::process::ExitCode;

use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::lambda_runtime::{self, LambdaEvent, service_fn};
use serde_json::Value;

use crate::app::App;
use crate::call::call;
use crate::endpoint::Endpoint;
use crate::error::{Error, Result};
use crate::log;
use crate::settings::Settings;

/// Serves endpoint `E` as a Lambda function. Returns only when it can't: with one line that says why.
pub fn serve<E: Endpoint>() -> ExitCode {
    log::start_log(std::io::stdout);
    match run::<E>() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{} can't start: {error}", E::ROUTE);
            ExitCode::FAILURE
        }
    }
}

fn run<E: Endpoint>() -> Result<()> {
    let settings = Settings::read(|name| std::env::var(name).ok())?;
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        let problem = "is not set: this runs as a Lambda function, or under `cargo lambda watch`".to_owned();
        return Err(Error::Setting { name: "AWS_LAMBDA_RUNTIME_API", problem });
    }
    // One thread: a function has about one processor, and hashing has its own threads.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::Internal(error.to_string()))?;
    runtime.block_on(async {
        let app = App::start(&settings, E::SIGNS).await?;
        let service = service_fn(move |event: LambdaEvent<Value>| {
            let app = app.clone();
            async move {
                let answer = call::<E>(&app, event.payload).await;
                Ok::<ApiGatewayV2httpResponse, lambda_runtime::Error>(answer.into())
            }
        });
        lambda_runtime::run_concurrent(service).await.map_err(|error| Error::Internal(error.to_string()))
    })
}
