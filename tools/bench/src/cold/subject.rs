use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use api::Entry;
use serde_json::Value;

use crate::build;
use crate::hash::{RawHash, hashes};
use crate::process::Process;
use crate::stage::{Event, Stage};
use crate::stats::Sample;

/// Calls after the first one, of which the median is what a warm call takes.
const WARM_CALLS: usize = 10;

/// Somebody to be measured.
pub struct Subject {
    pub name: String,
    /// The folder of another build of an endpoint, if it is not the one that is shipped.
    pub build: Option<PathBuf>,
    pub executable: PathBuf,
    pub calls: Calls,
    pub measured: Measured,
    /// What the floor took next to it.
    pub floor: Measured,
}

/// What somebody is called with.
pub enum Calls {
    /// Always the same, with this environment beside the usual one, and with this status in its answer or any below 400.
    Given { event: Value, environment: BTreeMap<String, String>, status: Option<u16> },
    /// Good calls of an endpoint, each made anew.
    Endpoint(&'static Entry),
    /// Nothing: a worker, which is only started.
    Nothing,
}

#[derive(Default)]
pub struct Measured {
    pub first_poll: Sample,
    pub first_response: Sample,
    pub first_cpu: Sample,
    /// Calls to DynamoDB of the first one.
    pub first_calls: Sample,
    /// The hashes of the first one by themselves: time, and the processor's.
    pub hashes: Sample,
    pub hashes_cpu: Sample,
    pub peak: Sample,
    pub init: Sample,
    pub prewarmed: Sample,
    pub warm: Sample,
    pub warm_cpu: Sample,
}

impl Subject {
    pub fn new(name: &str, executable: PathBuf, calls: Calls) -> Self {
        let (measured, floor) = (Measured::default(), Measured::default());
        Self { name: name.to_owned(), build: None, executable, calls, measured, floor }
    }

    /// The same endpoint as `folder` has it: `NAME`, or `NAME/bootstrap`.
    pub fn from_folder(entry: &'static Entry, folder: &Path) -> Result<Self, String> {
        let candidates = [build::executable(folder, entry.name), folder.join(entry.name)];
        let executable = candidates.into_iter().find(|file| file.is_file());
        let executable = executable.ok_or_else(|| format!("{} has no {}", folder.display(), entry.name))?;
        let name = format!("{} of {}", entry.name, folder.display());
        Ok(Self { build: Some(folder.to_owned()), ..Self::new(&name, executable, Calls::Endpoint(entry)) })
    }

    /// How many passwords its first call hashes.
    pub fn hashes(&self) -> u32 {
        if let Calls::Endpoint(entry) = self.calls { hashes(entry.name) } else { 0 }
    }

    async fn start(&self, stage: &Stage, prewarm: bool) -> Result<Process, String> {
        let mut environment = stage.environment(prewarm);
        if let Calls::Given { environment: own, .. } = &self.calls {
            environment.extend(own.clone());
        }
        Process::start(&self.executable, &environment).await
    }

    /// What to call it with, if it can be called.
    async fn next(&self, stage: &Stage) -> Result<Option<Event>, String> {
        match &self.calls {
            Calls::Given { event, status, .. } => {
                Ok(Some(Event { event: event.clone(), success: status.unwrap_or_default() }))
            }
            Calls::Endpoint(entry) => stage.event(entry).await.map(Some),
            Calls::Nothing => Ok(None),
        }
    }

    fn check(&self, event: &Event, answer: &Value) -> Result<(), String> {
        let Calls::Given { status: None, .. } = self.calls else { return event.check(&self.name, answer) };
        // What somebody's own function answers is their own business, but a refusal is not what they want measured.
        match answer.get("statusCode").and_then(Value::as_u64) {
            Some(400..) => Err(format!("{} answered {answer}; --status if it is to", self.name)),
            _ => Ok(()),
        }
    }

    /// Starts it and the floor, one right after the other: whatever else the machine does hits both.
    pub async fn beside(&mut self, floor: &mut Self, first: bool, stage: &Stage) -> Result<(), String> {
        // Made before either starts, for that evicts caches.
        let (event, hello) = (self.next(stage).await?, floor.next(stage).await?);
        std::mem::swap(&mut floor.measured, &mut self.floor);
        if first {
            self.start_cold(event, stage).await?;
            floor.start_cold(hello, stage).await?;
        } else {
            floor.start_cold(hello, stage).await?;
            self.start_cold(event, stage).await?;
        }
        self.start_prewarmed(stage).await?;
        floor.start_prewarmed(stage).await?;
        // After both, for the same reason.
        self.time_hashes()?;
        floor.time_hashes()?;
        std::mem::swap(&mut floor.measured, &mut self.floor);
        Ok(())
    }

    /// Those of its first call, by themselves.
    fn time_hashes(&mut self) -> Result<(), String> {
        let hashes = RawHash::fresh(self.hashes())?;
        self.measured.hashes.push_time(hashes.time);
        self.measured.hashes_cpu.push_time(hashes.cpu);
        Ok(())
    }

    /// Nothing is sent before the first request.
    async fn start_cold(&mut self, event: Option<Event>, stage: &Stage) -> Result<(), String> {
        stage.app.dynamo.take_calls();
        let mut process = self.start(stage, false).await?;
        self.measured.first_poll.push_time(process.first_poll);
        let Some(event) = event else {
            process.end().await;
            return Ok(());
        };
        let before = process.cpu()?;
        let reply = process.invoke(event.event.clone()).await?;
        self.check(&event, &reply.answer)?;
        let measured = &mut self.measured;
        measured.first_response.push_time(reply.since_start);
        measured.first_cpu.push_time(process.cpu()?.saturating_sub(before));
        measured.first_calls.push(stage.app.dynamo.take_calls().len() as f64);
        process.end().await;
        Ok(())
    }

    async fn start_prewarmed(&mut self, stage: &Stage) -> Result<(), String> {
        let mut process = self.start(stage, true).await?;
        self.measured.init.push_time(process.first_poll);
        let (mut warm, mut warm_cpu) = (Sample::default(), Sample::default());
        for call in 0..=WARM_CALLS {
            let Some(event) = self.next(stage).await? else {
                process.end().await;
                return Ok(());
            };
            let before = process.cpu()?;
            let reply = process.invoke(event.event.clone()).await?;
            self.check(&event, &reply.answer)?;
            if call == 0 {
                self.measured.prewarmed.push_time(reply.took);
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
