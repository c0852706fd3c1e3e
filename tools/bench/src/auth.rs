use std::path::Path;
use std::time::Instant;

use auth::{Clock, Roles, SigningKey, SigningSeed, SystemClock, TokenSubject, UnverifiedToken, UserId};
use aws_sdk_dynamodb::types::AttributeValue;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::{Value, json};
use tests::{Forge, PASSWORD, SEED};

use crate::build;
use crate::fixture::{self, Fixture};
use crate::hash::RawHash;
use crate::process::Process;
use crate::report::{Report, Reporting};
use crate::stats::Sample;

/// Token checks per measurement: a single check is too short to time.
const BATCH: u32 = 50;

#[derive(clap::Args)]
pub struct Options {
    /// Sign-ins of each kind; token checks run in eight times as many batches
    #[arg(long, default_value_t = 64)]
    pub runs: usize,
    #[command(flatten)]
    pub report: Reporting,
}

pub async fn run(options: &Options) -> Result<bool, String> {
    let mut report = Report::sampled(&["median ms", "p90 ms", "ratio to the raw one"], options.runs);
    tokens(options, &mut report)?;
    let folder = build::floor_and_functions(["tokens_issue"])?;
    sign_ins(options, &folder, &mut report).await?;
    report.print(&options.report)
}

/// Compares the whole check of a token, including header and claims, with the bare signature check.
fn tokens(options: &Options, report: &mut Report) -> Result<(), String> {
    let failed = |error: auth::Error| error.to_string();
    let key = SigningKey::new(&SigningSeed::parse(SEED).map_err(failed)?).map_err(failed)?;
    let policy = auth::TokenPolicy::new("test", "test-api");
    let (session, user) = (auth::SessionId::new(SystemClock.now(), &auth::OsEntropy), UserId::nobody());
    let session = session.map_err(|error| error.to_string())?;
    let subject = TokenSubject::by_password(user, session, Roles::default(), SystemClock.now());
    let token = auth::issue(&key, &policy, &subject, SystemClock.now(), &auth::OsEntropy);
    let token = token.map_err(failed)?;
    let (message, signature) = token.rsplit_once('.').ok_or("no signature")?;
    let signature = Forge::bytes(signature);
    let raw = UnparsedPublicKey::new(&ED25519, Forge::new(SEED).public_key().to_owned());
    let (mut alone, mut whole) = (Sample::default(), Sample::default());
    for _ in 0..options.runs * 8 {
        let started = Instant::now();
        for _ in 0..BATCH {
            raw.verify(message.as_bytes(), &signature).map_err(|_| "the signature is bad")?;
        }
        alone.push_time(started.elapsed() / BATCH);
        let started = Instant::now();
        for _ in 0..BATCH {
            let claims =
                UnverifiedToken::parse(&token).and_then(|token| token.verify(key.public(), &policy, SystemClock.now()));
            claims.map_err(failed)?;
        }
        whole.push_time(started.elapsed() / BATCH);
    }
    let ratio = whole.median() / alone.median();
    report.row("Ed25519 verification", &[alone.median(), alone.p90(), 1.0]);
    report.row("token check", &[whole.median(), whole.p90(), ratio]);
    report.goal("token check to the raw verification", "token", ratio, 1.15);
    Ok(())
}

/// One kind of sign-in, by its outcome.
struct Kind {
    name: &'static str,
    username: Option<&'static str>,
    password: &'static str,
    success: u16,
    /// Whether the same call comes again, from an address that is known by then, and is measured then.
    again: bool,
    cpu: Sample,
}

fn kinds() -> [Kind; 5] {
    let kind = |name, username, password, success| {
        let (again, cpu) = (false, Sample::default());
        Kind { name, username, password, success, again, cpu }
    };
    [
        Kind { again: true, ..kind("sign-in, known address", None, PASSWORD, 200) },
        kind("sign-in", None, PASSWORD, 200),
        kind("wrong password", None, "eight-careless-ferrets", 401),
        kind("unknown account", Some("nobody"), PASSWORD, 401),
        kind("inactive account", Some("gone"), PASSWORD, 401),
    ]
}

async fn sign_ins(options: &Options, folder: &Path, report: &mut Report) -> Result<(), String> {
    let fixture = Fixture::new().await?;
    let gone = fixture.app.create_user("gone", "gone@example.com", Roles::default()).await;
    fixture.app.set("users", ("id", &gone.to_string()), "is_active", AttributeValue::Bool(false)).await;
    let [floor, mut process] = started(&fixture, folder).await?;
    let (mut raw, mut kinds) = (Sample::default(), kinds());
    let (mut hash, mut peak) = (RawHash::new()?, None);
    for run in 0..options.runs {
        // A limit allows a hundred sign-ins an hour to one account from new addresses.
        for kind in kinds.iter_mut().filter(|kind| run < 90 || kind.username != Some("gone")) {
            kind.sign_in(run, &fixture, &mut process).await?;
        }
        raw.push_time(hash.hash(1)?.cpu);
        peak = process.peak();
    }
    judge(&raw, &kinds, report);
    let most = floor.peak().ok_or("the floor went away")? * 2.2 + 20.0;
    report.goal("peak memory after all sign-ins, MiB", "tokens_issue", peak.ok_or("the function went away")?, most);
    Ok(())
}

fn judge(raw: &Sample, kinds: &[Kind], report: &mut Report) {
    report.row("argon2id hash, CPU", &[raw.median(), raw.p90(), 1.0]);
    for kind in kinds {
        let ratio = kind.cpu.median() / raw.median();
        report.row(format!("{}, CPU", kind.name), &[kind.cpu.median(), kind.cpu.p90(), ratio]);
        report.goal("hashes beside exactly one", kind.name, (ratio.round() - 1.0).abs(), 0.0);
        if kind.success == 200 {
            report.goal("CPU of a sign-in to the raw hash", kind.name, ratio, 1.1);
        }
    }
}

/// Starts the floor and the function. The floor has already handled one call.
async fn started(fixture: &Fixture, folder: &Path) -> Result<[Process; 2], String> {
    let mut floor = Process::start(&build::executable(folder, "floor"), &fixture.environment(true)).await?;
    floor.invoke(fixture::hello()).await?;
    Ok([floor, Process::start(&build::executable(folder, "tokens_issue"), &fixture.environment(true)).await?])
}

impl Kind {
    async fn sign_in(&mut self, run: usize, fixture: &Fixture, process: &mut Process) -> Result<(), String> {
        let entry = *fixture::endpoints(&["tokens_issue".to_owned()])?.first().ok_or("no endpoint")?;
        let mut event = fixture.event(entry).await?;
        event.success = self.success;
        self.apply(&mut event.event, run)?;
        if self.again {
            event.check("tokens_issue", &process.invoke(event.event.clone()).await?.response)?;
        }
        let before = process.cpu()?;
        let reply = process.invoke(event.event.clone()).await?;
        event.check("tokens_issue", &reply.response)?;
        self.cpu.push_time(process.cpu()?.saturating_sub(before));
        Ok(())
    }

    fn apply(&self, event: &mut Value, run: usize) -> Result<(), String> {
        let body = event.get("body").and_then(Value::as_str).ok_or("no body")?;
        let mut body: Value = serde_json::from_str(body).map_err(|error| error.to_string())?;
        let members = body.as_object_mut().ok_or("no object")?;
        members.insert("password".to_owned(), json!(self.password));
        match self.username {
            Some("nobody") => drop(members.insert("username".to_owned(), json!(format!("nobody{run}")))),
            Some(name) => drop(members.insert("username".to_owned(), json!(name))),
            None => {}
        }
        let event = event.as_object_mut().ok_or("no event")?;
        event.insert("body".to_owned(), json!(body.to_string()));
        event.insert("isBase64Encoded".to_owned(), json!(false));
        Ok(())
    }
}
