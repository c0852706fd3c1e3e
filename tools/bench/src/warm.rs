use std::path::PathBuf;
use std::time::{Duration, Instant};

use api::Entry;
use auth::Level;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use crate::build;
use crate::fixture::{self, Fixture};
use crate::hash::{RawHash, hashes};
use crate::process::Process;
use crate::replay::Replay;
use crate::report::{Report, Reporting};
use crate::stats::Sample;

#[derive(clap::Args)]
pub struct Options {
    /// Calls of each function
    #[arg(long, default_value_t = 60)]
    pub runs: usize,
    /// Functions to measure; default: all
    #[arg(long, value_delimiter = ',')]
    pub functions: Vec<String>,
    /// Folder with an earlier build of the same functions, which are called in turns with the present ones
    #[arg(long)]
    pub baseline: Option<PathBuf>,
    /// Milliseconds that each call to DynamoDB takes longer, as if the database was farther away
    #[arg(long, default_value_t = 0)]
    pub distance: u64,
    /// Send each event twice, and measure the second call, such as a sign-in from an address that is known
    #[arg(long)]
    pub again: bool,
    #[command(flatten)]
    pub report: Reporting,
}

/// Compares warm calls with their necessary parts: the floor, the DynamoDB calls, a signature check, and password
/// hashes.
pub async fn run(options: &Options) -> Result<bool, String> {
    let endpoints = fixture::endpoints(&options.functions)?;
    let folder = build::floor_and_functions(endpoints.iter().map(|entry| entry.name))?;
    let fixture = Fixture::new().await?;
    let floor = Process::start(&build::executable(&folder, "floor"), &fixture.environment(true)).await?;
    let (replay, hash, signature) = (Replay::start(&fixture)?, RawHash::new()?, Signature::new()?);
    let builds = Builds { present: folder, baseline: options.baseline.clone() };
    let mut bench = Bench { fixture, builds, floor, replay, hash, signature };
    bench.fixture.app.dynamo.move_away(Duration::from_millis(options.distance));
    let columns =
        ["warm ms", "p90 ms", "floor ms", "calls", "their ms", "verification ms", "hashes ms", "ratio to the sum"];
    let mut report = Report::sampled(&columns, options.runs);
    for entry in endpoints {
        eprintln!("{} warm calls of {}", options.runs, entry.name);
        bench.measure(entry, options, &mut report).await?;
    }
    report.print(&options.report)
}

/// Everything that measurements of all functions share.
struct Bench {
    fixture: Fixture,
    builds: Builds,
    floor: Process,
    replay: Replay,
    hash: RawHash,
    signature: Signature,
}

struct Builds {
    present: PathBuf,
    baseline: Option<PathBuf>,
}

impl Builds {
    /// The name and the executable of each build of a function, the present one first.
    fn of(&self, name: &str) -> Vec<(String, PathBuf)> {
        let before = self.baseline.iter().map(|folder| (format!("{name}, before"), build::executable(folder, name)));
        std::iter::once((name.to_owned(), build::executable(&self.present, name))).chain(before).collect()
    }
}

impl Bench {
    /// Measures all builds of a function in turns.
    async fn measure(&mut self, entry: &Entry, options: &Options, report: &mut Report) -> Result<(), String> {
        let mut running = Vec::new();
        for (name, executable) in self.builds.of(entry.name) {
            let mut process = Process::start(&executable, &self.fixture.environment(true)).await?;
            // The first call is not warm.
            self.call(entry, &mut process, options.again, &mut Measured::default()).await?;
            running.push((name, process, Measured::default()));
        }
        for _ in 0..options.runs {
            for (_, process, measured) in &mut running {
                self.call(entry, process, options.again, measured).await?;
            }
        }
        for (name, process, measured) in running {
            process.end().await;
            measured.report(entry.name, &name, report);
        }
        Ok(())
    }

    /// Measures a good call, and then each of its parts.
    async fn call(
        &mut self,
        entry: &Entry,
        process: &mut Process,
        again: bool,
        measured: &mut Measured,
    ) -> Result<(), String> {
        let event = self.fixture.event(entry).await?;
        if again {
            event.check(entry.name, &process.invoke(event.event.clone()).await?.response)?;
        }
        self.fixture.app.dynamo.take_calls();
        let reply = process.invoke(event.event.clone()).await?;
        event.check(entry.name, &reply.response)?;
        let calls = self.fixture.app.dynamo.take_calls();
        measured.whole.push_time(reply.took);
        measured.floor.push_time(self.floor.invoke(fixture::hello()).await?.took);
        measured.count.push(calls.len() as f64);
        measured.calls.push_time(self.replay.again(calls).await?);
        let public = entry.level == Level::Public;
        measured.verification.push_time(if public { Duration::ZERO } else { self.signature.verification()? });
        measured.hashes.push_time(self.hash.hash(hashes(entry.name))?.time);
        Ok(())
    }
}

/// Times of one function's calls, and of their parts.
#[derive(Default)]
struct Measured {
    whole: Sample,
    floor: Sample,
    /// DynamoDB calls of one call: their number, and their time alone.
    count: Sample,
    calls: Sample,
    verification: Sample,
    hashes: Sample,
}

impl Measured {
    fn report(&self, function: &str, name: &str, report: &mut Report) {
        let parts @ [floor, calls, verification, hashes] =
            [&self.floor, &self.calls, &self.verification, &self.hashes].map(Sample::median);
        let (whole, count) = (self.whole.median(), self.count.median());
        let ratio = whole / parts.iter().sum::<f64>();
        report.row(name, &[whole, self.whole.p90(), floor, count, calls, verification, hashes, ratio]);
        // An earlier build is not judged.
        if name == function {
            // A sign-in is mostly its hash, which leaves less room for the rest.
            let most = if function == "tokens_issue" { 1.1 } else { 1.15 };
            report.goal("warm call to floor, DynamoDB, verification and hashes", name, ratio, most);
        }
    }
}

/// Measures a bare signature check.
struct Signature {
    pair: Ed25519KeyPair,
}

impl Signature {
    fn new() -> Result<Self, String> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).map_err(|error| error.to_string())?;
        Ok(Self { pair })
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
