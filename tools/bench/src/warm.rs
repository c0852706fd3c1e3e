use std::path::PathBuf;
use std::time::{Duration, Instant};

use api::Entry;
use auth::Level;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::HttpRequest;
use aws_sdk_dynamodb::error::SdkError;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use store::{Bundle, Connection, Trust};
use tests::Call;

use crate::build;
use crate::hash::{RawHash, hashes};
use crate::process::Process;
use crate::report::{Report, Reporting};
use crate::stage::{self, Stage};
use crate::stats::Sample;

#[derive(clap::Args)]
pub struct Options {
    /// Calls of each function
    #[arg(long, default_value_t = 60)]
    pub runs: usize,
    /// The functions to measure; all if none is named
    #[arg(long, value_delimiter = ',')]
    pub functions: Vec<String>,
    #[command(flatten)]
    pub report: Reporting,
}

/// What a function takes beside what can't be had for less: the floor, its calls to DynamoDB, a signature's check, and
/// passwords' hashes.
pub async fn run(options: &Options) -> Result<bool, String> {
    let endpoints = stage::endpoints(&options.functions)?;
    let folder = build::floor_and_functions(endpoints.iter().map(|entry| entry.name))?;
    let stage = Stage::set().await?;
    let raw = Raw::new(&stage)?;
    let floor = Process::start(&folder.join("floor"), &stage.environment(true)).await?;
    let mut bench = Bench { stage, folder, raw, floor };
    let columns =
        ["warm ms", "p90 ms", "floor ms", "calls", "their ms", "verification ms", "hashes ms", "ratio to the sum"];
    let mut report = Report::sampled(&columns, options.runs);
    for entry in endpoints {
        eprintln!("{} warm calls of {}", options.runs, entry.name);
        bench.measure(entry, options, &mut report).await?;
    }
    report.print(&options.report)
}

/// What all functions are measured with.
struct Bench {
    stage: Stage,
    folder: PathBuf,
    raw: Raw,
    floor: Process,
}

impl Bench {
    async fn measure(&mut self, entry: &Entry, options: &Options, report: &mut Report) -> Result<(), String> {
        let mut process = Process::start(&self.folder.join(entry.name), &self.stage.environment(true)).await?;
        // The first one is not warm.
        self.call(entry, &mut process, &mut Measured::default()).await?;
        let mut measured = Measured::default();
        for _ in 0..options.runs {
            self.call(entry, &mut process, &mut measured).await?;
        }
        process.end().await;
        measured.report(entry.name, report);
        Ok(())
    }

    /// A good call, and then each of its parts.
    async fn call(&mut self, entry: &Entry, process: &mut Process, measured: &mut Measured) -> Result<(), String> {
        let Self { stage, raw, floor, .. } = self;
        let event = stage.event(entry).await?;
        stage.app.dynamo.take_calls();
        let reply = process.invoke(event.event.clone()).await?;
        event.check(entry.name, &reply.answer)?;
        let calls = stage.app.dynamo.take_calls();
        measured.whole.push_time(reply.took);
        measured.floor.push_time(floor.invoke(stage::hello()).await?.took);
        measured.count = calls.len();
        measured.calls.push_time(raw.replay(&calls).await?);
        let public = entry.level == Level::Public;
        measured.verification.push_time(if public { Duration::ZERO } else { raw.verification()? });
        measured.hashes.push_time(raw.hashes(entry.name)?);
        Ok(())
    }
}

/// What the calls of one function took, and what they are made of.
#[derive(Default)]
struct Measured {
    whole: Sample,
    floor: Sample,
    /// Calls to DynamoDB of one call, and what they took by themselves.
    count: usize,
    calls: Sample,
    verification: Sample,
    hashes: Sample,
}

impl Measured {
    fn report(&self, name: &str, report: &mut Report) {
        let parts @ [floor, calls, verification, hashes] =
            [&self.floor, &self.calls, &self.verification, &self.hashes].map(Sample::median);
        let (whole, count) = (self.whole.median(), self.count as f64);
        let ratio = whole / parts.iter().sum::<f64>();
        report.row(name, &[whole, self.whole.p90(), floor, count, calls, verification, hashes, ratio]);
        report.goal("warm call to floor, DynamoDB, verification and hashes", name, ratio, 1.15);
    }
}

/// The parts by themselves.
struct Raw {
    client: Client,
    pair: Ed25519KeyPair,
    hash: RawHash,
}

impl Raw {
    fn new(stage: &Stage) -> Result<Self, String> {
        let pem = std::fs::read(&stage.tls.bundle).map_err(|error| error.to_string())?;
        let connection = Connection {
            endpoint: Some(stage.tls.url.clone()),
            http: store::http_client(&Trust::Bundle(Bundle::parse(pem)?), store::CONNECT)
                .map_err(|error| error.to_string())?,
            ..stage.app.settings.connection.clone()
        };
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).map_err(|error| error.to_string())?;
        Ok(Self { client: connection.dynamodb(), pair, hash: RawHash::new()? })
    }

    /// Makes the same calls again, through the SDK over TLS; how long all of them took.
    async fn replay(&self, calls: &[Call]) -> Result<Duration, String> {
        let started = Instant::now();
        for call in calls {
            let (target, body) = (format!("DynamoDB_20120810.{}", call.operation), call.body.to_string());
            let instead = move |request: &mut HttpRequest| {
                request.headers_mut().insert("x-amz-target", target.clone());
                request.headers_mut().insert("content-length", body.len().to_string());
                *request.body_mut() = body.clone().into();
            };
            match self.client.list_tables().customize().mutate_request(instead).send().await {
                // Its condition does not always hold a second time; that takes as long.
                Ok(_) | Err(SdkError::ServiceError(_) | SdkError::ResponseError(_)) => {}
                Err(error) => return Err(format!("{} again: {error}", call.operation)),
            }
        }
        Ok(started.elapsed())
    }

    /// As many as a good call of this function makes.
    fn hashes(&mut self, function: &str) -> Result<Duration, String> {
        let started = Instant::now();
        for _ in 0..hashes(function) {
            self.hash.hash()?;
        }
        Ok(started.elapsed())
    }

    fn verification(&self) -> Result<Duration, String> {
        let message = [1; 400];
        let signature = self.pair.sign(&message);
        let key = UnparsedPublicKey::new(&ED25519, self.pair.public_key().as_ref().to_owned());
        let started = Instant::now();
        key.verify(&message, signature.as_ref()).map_err(|_| "the signature is bad")?;
        Ok(started.elapsed())
    }
}
