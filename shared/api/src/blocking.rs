use std::fmt::Display;
use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::context::{Context, Part, Permit};
use crate::error::{Error, Result};
use crate::part::PartInfo;

/// Runs long work on separate threads, so that it does not block the threads that serve requests.
#[derive(Clone, Debug)]
pub struct BlockingPool {
    /// One permit for each processor, because each password hash takes 19 MiB.
    permits: Arc<Semaphore>,
}

impl BlockingPool {
    /// Runs `work`. Waits for other work if all processors are busy.
    ///
    /// # Errors
    /// [`Error::Internal`] when the work panics.
    pub async fn run_blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let failed = |error: &dyn Display| Error::Internal(format!("blocking work did not run: {error}"));
        let permit = self.permits.clone().acquire_owned().await.map_err(|error| failed(&error))?;
        let done = tokio::task::spawn_blocking(move || {
            // The work holds the permit, because it continues when its request times out.
            let _permit = permit;
            work()
        });
        done.await.map_err(|error| failed(&error))
    }
}

impl Part for BlockingPool {
    const DATABASE: bool = false;

    fn build(_: &Context, _: &Permit) -> Result<Self> {
        let processors = std::thread::available_parallelism().map_or(1, Into::into);
        Ok(Self { permits: Arc::new(Semaphore::new(processors)) })
    }

    fn list(into: &mut Vec<PartInfo>) {
        into.push(PartInfo { name: "BlockingPool", tables: &[], variables: &[] });
    }
}
