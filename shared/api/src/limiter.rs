use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use store::{Outcome, RateLimits, Rule};

use crate::error::{Error, Result};
use crate::limit::Limit;

/// How long "no room" is believed without asking again, in milliseconds: so that an operator's unblock is seen.
const BELIEVED: i64 = 30_000;
/// Most counters that are remembered.
const CAPACITY: usize = 10_000;

/// Asks the counters, and remembers what they said.
pub struct Limiter {
    counters: RateLimits,
    seen: Mutex<HashMap<String, Seen>>,
}

#[derive(Clone, Copy)]
struct Seen {
    tat: i64,
    at: i64,
}

/// Where a caller stands with a limit.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// The limit.
    pub limit: Limit,
    /// Calls that would be admitted right now.
    pub remaining: u32,
    /// Seconds until one more is.
    pub reset: i64,
}

impl Limiter {
    pub(crate) fn new(counters: RateLimits) -> Self {
        Self { counters, seen: Mutex::default() }
    }

    /// Counts one call.
    ///
    /// # Errors
    /// [`Error::RateLimited`] with the standing, or [`Error::LimiterUnavailable`].
    pub(crate) async fn take(
        &self,
        key: &str,
        limit: Limit,
        now: Timestamp,
    ) -> Result<Standing, (Error, Option<Standing>)> {
        let (rule, now) = (limit.rule(), now.as_millisecond());
        let known = self.known(key);
        let outcome = match known {
            Some(seen) if seen.blocks(rule, now) => Outcome::Refused { tat: seen.tat },
            _ => self
                .counters
                .take(key, rule, now, known.map(|seen| seen.tat))
                .await
                .map_err(|error| (Error::LimiterUnavailable(error), None))?,
        };
        match outcome {
            Outcome::Admitted { tat } => {
                self.remember(key, Seen { tat, at: now });
                Ok(standing(limit, tat, now))
            }
            Outcome::Refused { tat } => {
                if !known.is_some_and(|seen| seen.blocks(rule, now)) {
                    self.remember(key, Seen { tat, at: now });
                }
                let retry_after = seconds(rule.wait(tat, now));
                Err((Error::RateLimited { retry_after }, Some(standing(limit, tat, now))))
            }
        }
    }

    fn known(&self, key: &str) -> Option<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(key).copied()
    }

    fn remember(&self, key: &str, seen: Seen) {
        let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= CAPACITY && !all.contains_key(key) {
            all.retain(|_, other| other.tat > seen.at);
            if all.len() >= CAPACITY {
                all.clear();
            }
        }
        all.insert(key.to_owned(), seen);
    }
}

impl Seen {
    /// Whether this alone is reason enough to refuse.
    fn blocks(&self, rule: Rule, now: i64) -> bool {
        (0..BELIEVED).contains(&now.saturating_sub(self.at)) && rule.wait(self.tat, now) > 0
    }
}

fn standing(limit: Limit, tat: i64, now: i64) -> Standing {
    let rule = limit.rule();
    Standing { limit, remaining: rule.remaining(tat, now), reset: seconds(rule.refill(tat, now)) }
}

/// Whole seconds, rounded up, at least one.
fn seconds(millis: i64) -> i64 {
    (millis.saturating_add(999) / 1000).max(1)
}
