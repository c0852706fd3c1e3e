//! The floor of all measurements: a minimal function, as `cargo lambda new --http` creates it.

use lambda_http::{Error, Request, run, service_fn};

async fn hello(_: Request) -> Result<&'static str, Error> {
    Ok("Hello, world")
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    lambda_http::tracing::init_default_subscriber();
    run(service_fn(hello)).await
}
