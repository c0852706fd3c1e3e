use api::Entry;
use tests::Cost;

use super::calls::good_calls;
use super::hashes::BareHashes;
use super::package::zipped;
use super::price;
use super::stack::{Builds, Each, HASHES, Stack};
use crate::fixture::{Event, Fixture};
use crate::process::Process;
use crate::stats::Sample;

/// Calls whose DynamoDB calls are counted. Their median leaves out a key that is read again each minute.
const COUNTED: usize = 3;

/// Measurements of an endpoint in one stack.
#[derive(Default)]
pub struct Measured {
    /// From the start of a process to its first response.
    pub start: Sample,
    pub start_cpu: Sample,
    pub warm: Sample,
    pub warm_cpu: Sample,
    /// The time of warm calls that Lambda bills.
    pub billed: Sample,
    pub hash: Sample,
    pub hash_cpu: Sample,
    /// DynamoDB calls of a warm call.
    pub calls: Sample,
    pub in_sequence: Sample,
    pub reads: Sample,
    pub writes: Sample,
    /// In MiB, after all warm calls.
    pub peak: f64,
    /// In MB.
    pub zip: f64,
}

/// What is measured.
pub struct Subject<'a> {
    pub entry: &'static Entry,
    pub builds: &'a Builds,
    pub fixture: &'a Fixture,
}

impl Subject<'_> {
    /// Measures starts, then warm calls, then counts calls to DynamoDB. The stacks take turns, so that other load on the
    /// machine affects all alike.
    pub async fn measure(&self, starts: usize, runs: usize) -> Result<Each<Measured>, String> {
        let mut measured = Each::<Measured>::default();
        for start in 0..starts {
            let events = good_calls(self.fixture, self.entry).await?;
            for stack in Stack::in_turns(start) {
                measured.of_mut(stack).add_start(self.process(stack).await?, events.of(stack)).await?;
            }
        }
        let mut processes = Each {
            ours: self.process(Stack::Ours).await?,
            python: self.process(Stack::Python).await?,
            node: self.process(Stack::Node).await?,
        };
        self.warm(runs, &mut processes, &mut measured).await?;
        for stack in Stack::ALL {
            let (process, measured) = (processes.of_mut(stack), measured.of_mut(stack));
            measured.peak = process.peak().ok_or("a process went away")?;
            measured.zip = zipped(&self.builds.package(stack, self.entry.name))?;
            for _ in 0..COUNTED {
                let events = good_calls(self.fixture, self.entry).await?;
                measured.count(process, events.of(stack), self.fixture).await?;
            }
        }
        Ok(measured)
    }

    async fn process(&self, stack: Stack) -> Result<Process, String> {
        self.builds.start(stack, self.entry.name, self.fixture).await
    }

    async fn warm(
        &self,
        runs: usize,
        processes: &mut Each<Process>,
        measured: &mut Each<Measured>,
    ) -> Result<(), String> {
        let hashes = self.entry.name == HASHES;
        let mut hashes = if hashes { Some(BareHashes::start(self.builds, self.fixture).await?) } else { None };
        let mut first = Each::<Measured>::default();
        for run in 0..=runs {
            // The first call is not warm.
            let measured = if run == 0 { &mut first } else { &mut *measured };
            let events = good_calls(self.fixture, self.entry).await?;
            for stack in Stack::in_turns(run) {
                measured.of_mut(stack).add_call(processes.of_mut(stack), events.of(stack)).await?;
            }
            // After the calls, because hashing evicts caches.
            let Some(hashes) = &mut hashes else { continue };
            for stack in Stack::in_turns(run) {
                let (time, cpu) = hashes.time(stack).await?;
                measured.of_mut(stack).hash.push(time);
                measured.of_mut(stack).hash_cpu.push(cpu);
            }
        }
        Ok(())
    }
}

impl Measured {
    /// Adds the first call of a process that was just started, and ends the process.
    async fn add_start(&mut self, mut process: Process, event: &Event) -> Result<(), String> {
        let reply = process.invoke(event.event.clone()).await?;
        event.check("a start", &reply.response)?;
        self.start.push_time(reply.since_start);
        self.start_cpu.push_time(process.cpu()?);
        process.end().await;
        Ok(())
    }

    async fn add_call(&mut self, process: &mut Process, event: &Event) -> Result<(), String> {
        let before = process.cpu()?;
        let reply = process.invoke(event.event.clone()).await?;
        event.check("a warm call", &reply.response)?;
        self.warm.push_time(reply.took);
        self.billed.push(price::billed(reply.took.as_secs_f64() * 1000.0));
        self.warm_cpu.push_time(process.cpu()?.saturating_sub(before));
        Ok(())
    }

    /// Counts the DynamoDB calls of a call, which are held up so that calls at once can be told from calls in sequence.
    async fn count(&mut self, process: &mut Process, event: &Event, fixture: &Fixture) -> Result<(), String> {
        fixture.app.dynamo.measure();
        let reply = process.invoke(event.event.clone()).await;
        let mut calls = fixture.app.dynamo.take_consumed();
        event.check("a counted call", &reply?.response)?;
        calls.sort_by_key(|call| call.answered);
        let cost = Cost { name: "", calls };
        self.calls.push(cost.calls.len() as f64);
        self.in_sequence.push(cost.in_sequence() as f64);
        self.reads.push(cost.units(false));
        self.writes.push(cost.units(true));
        Ok(())
    }
}
