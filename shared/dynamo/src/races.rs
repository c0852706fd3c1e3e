use std::time::Duration;

use crate::error::{Error, Result};
use crate::pause::jittered;

/// How often a read and the write that depends on it are tried, while other writes change what was read.
const TRIES: u32 = 24;
const SHORTEST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_millis(160);

/// Counts the races that a read and the write that depends on it lost to other writes, and pauses after each.
#[derive(Debug, Default)]
pub struct LostRaces(u32);

impl LostRaces {
    /// Counts one lost race, and waits until the next try.
    ///
    /// # Errors
    /// [`Error::Conflict`] after too many, which is after about 3 s.
    pub async fn wait(&mut self) -> Result<()> {
        self.0 += 1;
        if self.0 == TRIES {
            return Err(Error::Conflict("other writes kept changing what was read".to_owned()));
        }
        let pause = SHORTEST.saturating_mul(1 << self.0.min(5)).min(LONGEST);
        tokio::time::sleep(jittered(pause)?).await;
        Ok(())
    }
}
