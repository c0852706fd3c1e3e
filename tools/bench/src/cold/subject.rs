use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use api::Entry;
use serde_json::Value;

use crate::build;
use crate::fixture::{Event, Fixture};
use crate::hash::{RawHash, hashes};
use crate::process::Process;
use crate::stats::Sample;

/// Warm calls per process. Their median is the time of a warm call.
const WARM_CALLS: usize = 10;

/// A function to measure.
pub struct Subject {
    pub name: String,
    /// The folder of the build, if this is a baseline build of an endpoint.
    pub build: Option<PathBuf>,
    pub executable: PathBuf,
    pub calls: Calls,
    pub measured: Measured,
    /// Measurements of the floor, started next to this function.
    pub floor: Measured,
}

/// The calls of a function.
pub enum Calls {
    /// Always this event, with these additional environment variables. The response must have this status, or any below
    /// 400.
    Fixed { event: Value, environment: BTreeMap<String, String>, status: Option<u16> },
    /// Good calls of an endpoint, each with a new event.
    Endpoint(&'static Entry),
    /// No calls: a worker, which is only started.
    Nothing,
}

#[derive(Default)]
pub struct Measured {
    pub first_poll: Sample,
    pub first_response: Sample,
    pub first_cpu: Sample,
    /// DynamoDB calls of the first call.
    pub first_calls: Sample,
    /// The password hashes of the first call alone: time, and processor time.
    pub hashes: Sample,
    pub hashes_cpu: Sample,
    pub peak: Sample,
    pub init: Sample,
    pub prewarmed: Sample,
    /// The first response since the start, with pre-warming: how long a request takes that waits for the start.
    pub waited: Sample,
    pub warm: Sample,
    pub warm_cpu: Sample,
}

impl Subject {
    pub fn new(name: &str, executable: PathBuf, calls: Calls) -> Self {
        let (measured, floor) = (Measured::default(), Measured::default());
        Self { name: name.to_owned(), build: None, executable, calls, measured, floor }
    }

    /// The same endpoint in a baseline build: `NAME` or `NAME/bootstrap` in `folder`.
    pub fn from_folder(entry: &'static Entry, folder: &Path) -> Result<Self, String> {
        let candidates = [build::executable(folder, entry.name), folder.join(entry.name)];
        let executable = candidates.into_iter().find(|file| file.is_file());
        let executable = executable.ok_or_else(|| format!("{} has no {}", folder.display(), entry.name))?;
        let name = format!("{} of {}", entry.name, folder.display());
        Ok(Self { build: Some(folder.to_owned()), ..Self::new(&name, executable, Calls::Endpoint(entry)) })
    }

    /// Number of passwords that the first call hashes.
    pub fn hashes(&self) -> u32 {
        if let Calls::Endpoint(entry) = self.calls { hashes(entry.name) } else { 0 }
    }

    async fn start(&self, fixture: &Fixture, prewarm: bool) -> Result<Process, String> {
        let mut environment = fixture.environment(prewarm);
        if let Calls::Fixed { environment: own, .. } = &self.calls {
            environment.extend(own.clone());
        }
        Process::start(&self.executable, &environment).await
    }

    /// The event of the next call. Workers have no calls.
    async fn next(&self, fixture: &Fixture) -> Result<Option<Event>, String> {
        match &self.calls {
            Calls::Fixed { event, status, .. } => {
                Ok(Some(Event { event: event.clone(), success: status.unwrap_or_default() }))
            }
            Calls::Endpoint(entry) => fixture.event(entry).await.map(Some),
            Calls::Nothing => Ok(None),
        }
    }

    fn check(&self, event: &Event, response: &Value) -> Result<(), String> {
        let Calls::Fixed { status: None, .. } = self.calls else { return event.check(&self.name, response) };
        // Your own function may return anything but an error, which is probably a mistake in the event.
        match response.get("statusCode").and_then(Value::as_u64) {
            Some(400..) => Err(format!("{} returned {response}; --status if it is to", self.name)),
            _ => Ok(()),
        }
    }

    /// Starts the function and the floor, one right after the other, so that other load on the machine affects both.
    pub async fn beside(&mut self, floor: &mut Self, first: bool, fixture: &Fixture) -> Result<(), String> {
        // Before either starts, because preparing events evicts caches.
        let (event, hello) = (self.next(fixture).await?, floor.next(fixture).await?);
        std::mem::swap(&mut floor.measured, &mut self.floor);
        if first {
            self.start_cold(event, fixture).await?;
            floor.start_cold(hello, fixture).await?;
        } else {
            floor.start_cold(hello, fixture).await?;
            self.start_cold(event, fixture).await?;
        }
        self.start_prewarmed(fixture).await?;
        floor.start_prewarmed(fixture).await?;
        // After both, because hashing evicts caches, too.
        self.time_hashes()?;
        floor.time_hashes()?;
        std::mem::swap(&mut floor.measured, &mut self.floor);
        Ok(())
    }

    /// Times the password hashes of the first call alone.
    fn time_hashes(&mut self) -> Result<(), String> {
        let hashes = RawHash::fresh(self.hashes())?;
        self.measured.hashes.push_time(hashes.time);
        self.measured.hashes_cpu.push_time(hashes.cpu);
        Ok(())
    }

    /// Starts the function without pre-warming: it sends no request before its first call.
    async fn start_cold(&mut self, event: Option<Event>, fixture: &Fixture) -> Result<(), String> {
        fixture.app.dynamo.take_calls();
        let mut process = self.start(fixture, false).await?;
        self.measured.first_poll.push_time(process.first_poll);
        let Some(event) = event else {
            process.end().await;
            return Ok(());
        };
        let before = process.cpu()?;
        let reply = process.invoke(event.event.clone()).await?;
        self.check(&event, &reply.response)?;
        let measured = &mut self.measured;
        measured.first_response.push_time(reply.since_start);
        measured.first_cpu.push_time(process.cpu()?.saturating_sub(before));
        measured.first_calls.push(fixture.app.dynamo.take_calls().len() as f64);
        process.end().await;
        Ok(())
    }

    async fn start_prewarmed(&mut self, fixture: &Fixture) -> Result<(), String> {
        let mut process = self.start(fixture, true).await?;
        self.measured.init.push_time(process.first_poll);
        let (mut warm, mut warm_cpu) = (Sample::default(), Sample::default());
        for call in 0..=WARM_CALLS {
            let Some(event) = self.next(fixture).await? else {
                process.end().await;
                return Ok(());
            };
            let before = process.cpu()?;
            let reply = process.invoke(event.event.clone()).await?;
            self.check(&event, &reply.response)?;
            if call == 0 {
                self.measured.prewarmed.push_time(reply.took);
                self.measured.waited.push_time(process.first_poll + reply.took);
            } else {
                warm.push_time(reply.took);
                warm_cpu.push_time(process.cpu()?.saturating_sub(before));
            }
        }
        self.measured.warm.push(warm.median());
        self.measured.warm_cpu.push(warm_cpu.median());
        self.measured.peak.push(process.peak().ok_or("a process went away")?);
        process.end().await;
        Ok(())
    }
}
