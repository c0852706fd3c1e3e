use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::HttpRequest;
use aws_sdk_dynamodb::error::SdkError;
use dynamo::{CaBundle, Connection, TrustStore};
use tests::Call;
use tokio::sync::{mpsc, oneshot};

use crate::fixture::Fixture;

type Response = oneshot::Sender<Result<Duration, String>>;

/// Repeats DynamoDB calls through the SDK over TLS. Runs on a separate thread, like a function, because the threads of
/// the bench also serve the database.
pub struct Replay(mpsc::Sender<(Vec<Call>, Response)>);

impl Replay {
    pub fn start(fixture: &Fixture) -> Result<Self, String> {
        let pem = std::fs::read(&fixture.tls.bundle).map_err(|error| error.to_string())?;
        let trust = TrustStore::Bundle(CaBundle::parse(pem)?);
        let http = dynamo::http_client(&trust, dynamo::CONNECT).map_err(|error| error.to_string())?;
        let endpoint = Some(fixture.tls.url.clone());
        let connection = Connection { endpoint, http, ..fixture.app.settings.connection.clone() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        let (calls, mut asked) = mpsc::channel::<(Vec<Call>, Response)>(1);
        std::thread::spawn(move || {
            runtime.block_on(async {
                let client = connection.dynamodb();
                while let Some((calls, response)) = asked.recv().await {
                    let _ = response.send(replay(&client, &calls).await);
                }
            });
        });
        Ok(Self(calls))
    }

    /// Repeats the calls, one after the other. Returns their total time.
    pub async fn again(&self, calls: Vec<Call>) -> Result<Duration, String> {
        let (response, received) = oneshot::channel();
        self.0.send((calls, response)).await.map_err(|error| error.to_string())?;
        received.await.map_err(|error| error.to_string())?
    }
}

async fn replay(client: &Client, calls: &[Call]) -> Result<Duration, String> {
    let started = Instant::now();
    for call in calls {
        let (target, body) = (format!("DynamoDB_20120810.{}", call.operation), call.body.to_string());
        let instead = move |request: &mut HttpRequest| {
            request.headers_mut().insert("x-amz-target", target.clone());
            request.headers_mut().insert("content-length", body.len().to_string());
            *request.body_mut() = body.clone().into();
        };
        match client.list_tables().customize().mutate_request(instead).send().await {
            // The condition of a call may fail the second time, which takes as long.
            Ok(_) | Err(SdkError::ServiceError(_) | SdkError::ResponseError(_)) => {}
            Err(error) => return Err(format!("{} again: {error}", call.operation)),
        }
    }
    Ok(started.elapsed())
}
