use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::HttpRequest;
use aws_sdk_dynamodb::error::SdkError;
use dynamo::{CaBundle, Connection, TrustStore};
use futures_util::future::try_join_all;
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

    /// Repeats the calls in the same rounds: some at once, others one after the other. Returns their total time.
    pub async fn again(&self, calls: Vec<Call>) -> Result<Duration, String> {
        let (response, received) = oneshot::channel();
        self.0.send((calls, response)).await.map_err(|error| error.to_string())?;
        received.await.map_err(|error| error.to_string())?
    }
}

async fn replay(client: &Client, calls: &[Call]) -> Result<Duration, String> {
    let rounds = in_rounds(calls);
    let started = Instant::now();
    for round in &rounds {
        try_join_all(round.iter().map(|call| send(client, call))).await?;
    }
    Ok(started.elapsed())
}

/// The calls by their round trips. Calls without an answer are left out: nobody waited for them.
fn in_rounds(calls: &[Call]) -> Vec<Vec<&Call>> {
    let answered = |call: &Call| call.time.answered.get().copied();
    let mut timed: Vec<_> = calls.iter().filter_map(|call| Some((call, call.time.asked, answered(call)?))).collect();
    timed.sort_by_key(|(_, _, answered)| *answered);
    let numbers = tests::rounds(timed.iter().map(|(_, asked, answered)| (*asked, *answered)));
    let mut rounds: Vec<Vec<&Call>> = vec![Vec::new(); numbers.last().copied().unwrap_or_default()];
    for (number, (call, ..)) in numbers.into_iter().zip(timed) {
        if let Some(round) = rounds.get_mut(number.saturating_sub(1)) {
            round.push(call);
        }
    }
    rounds
}

async fn send(client: &Client, call: &Call) -> Result<(), String> {
    let (target, body) = (format!("DynamoDB_20120810.{}", call.operation), call.body.to_string());
    let instead = move |request: &mut HttpRequest| {
        request.headers_mut().insert("x-amz-target", target.clone());
        request.headers_mut().insert("content-length", body.len().to_string());
        *request.body_mut() = body.clone().into();
    };
    match client.list_tables().customize().mutate_request(instead).send().await {
        // The condition of a call may fail the second time, which takes as long.
        Ok(_) | Err(SdkError::ServiceError(_) | SdkError::ResponseError(_)) => Ok(()),
        Err(error) => Err(format!("{} again: {error}", call.operation)),
    }
}
