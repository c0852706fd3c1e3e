use std::time::Duration;

use api::{Context, Permit, WorkerEntry};
use catalogue::WORKERS;
use operator::Operator;

use crate::error::Result;
use crate::stop::Stop;

/// Pause between two reads of the spool.
const PAUSE: Duration = Duration::from_millis(100);

/// All workers, with a spool directory in place of SQS.
pub struct Workers(Vec<(WorkerEntry, Context)>);

impl Workers {
    /// The workers of the catalogue. `context` returns the context of each, by the worker's name.
    pub fn new(context: impl Fn(&'static str) -> Context) -> Self {
        Self(WORKERS.iter().map(|worker| (*worker, context(worker.name))).collect())
    }

    /// Handles the jobs that are due. A failed job goes back into the spool. Returns the number of finished jobs.
    ///
    /// # Errors
    /// When the spool can't be used.
    pub async fn handle_due(&self) -> Result<usize> {
        let permit = Permit::for_operator(&Operator::acting());
        let mut done = 0;
        for (worker, context) in &self.0 {
            done += worker.handle_spool(context, &permit).await?;
        }
        Ok(done)
    }

    /// Handles jobs until the process must stop. Then it finishes the jobs that it has begun to handle.
    pub async fn run(&self, stop: Stop) {
        while !stop.is_requested() {
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
