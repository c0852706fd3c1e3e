use std::time::{Duration, Instant};

use api::{Context, Permit, WorkerEntry};
use catalogue::{UnverifiedEnd, WORKERS};
use operator::Operator;

use crate::error::Result;
use crate::stop::Stop;

/// Pause between two reads of the spool.
const PAUSE: Duration = Duration::from_millis(100);

/// Pause between two searches for accounts that were never verified.
const HOUR: Duration = Duration::from_secs(3600);

/// All workers, with a spool directory in place of SQS, and the hourly task. The key is rotated by hand.
pub struct Workers {
    workers: Vec<(WorkerEntry, Context)>,
    hourly: Context,
}

impl Workers {
    /// The workers of the catalogue. `context` returns the context of each, by the worker's name.
    pub fn new(context: impl Fn(&'static str) -> Context) -> Self {
        let workers = WORKERS.iter().map(|worker| (*worker, context(worker.name))).collect();
        Self { workers, hourly: context("unverified_end") }
    }

    /// Handles the jobs that are due. A failed job goes back into the spool. Returns the number of finished jobs.
    ///
    /// # Errors
    /// When the spool can't be used.
    pub async fn handle_due(&self) -> Result<usize> {
        let permit = Permit::for_operator(&Operator::acting());
        let mut done = 0;
        for (worker, context) in &self.workers {
            done += worker.handle_spool(context, &permit).await?;
        }
        Ok(done)
    }

    /// Reminds the owners of accounts that were never verified, and ends these accounts.
    ///
    /// # Errors
    /// When the database or the spool can't be used.
    pub async fn end_unverified(&self) -> api::Result<()> {
        api::run_task::<UnverifiedEnd>(&self.hourly, &Permit::for_operator(&Operator::acting())).await
    }

    /// Handles jobs until the process must stop. Then it finishes the jobs that it has begun to handle.
    pub async fn run(&self, stop: Stop) {
        let mut ended: Option<Instant> = None;
        while !stop.is_requested() {
            if ended.is_none_or(|ended| ended.elapsed() >= HOUR) {
                ended = Some(Instant::now());
                if let Err(error) = self.end_unverified().await {
                    eprintln!("unverified_end: {error}");
                }
            }
            if let Err(error) = self.handle_due().await {
                eprintln!("jobs: {error}");
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = stop.clone().requested() => {}
            }
        }
    }
}
