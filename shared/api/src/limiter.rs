use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use auth::Clock;
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
        clock: &dyn Clock,
    ) -> Result<Standing, (Error, Option<Standing>)> {
        let millis = || clock.now().as_millisecond();
        let mut now = millis();
        if let Some(seen) = self.known(key).filter(|seen| seen.blocks(limit.rule(), now)) {
            return Err(refused(limit, seen.tat, now));
        }
        let mut outcome = self.ask(key, limit, now).await?;
        if let Outcome::Refused { tat } = outcome {
            // While this call was on its way, later ones overtook it and moved the counter on. By now there may be room.
            let later = millis();
            if later > now && limit.rule().wait(tat, later) == 0 {
                now = later;
                outcome = self.ask(key, limit, now).await?;
            }
        }
        match outcome {
            Outcome::Admitted { tat } => Ok(standing(limit, tat, now)),
            Outcome::Refused { tat } => Err(refused(limit, tat, now)),
        }
    }

    async fn ask(&self, key: &str, limit: Limit, now: i64) -> Result<Outcome, (Error, Option<Standing>)> {
        let known = self.known(key).map(|seen| seen.tat);
        let asked = self.counters.take(key, limit.rule(), now, known).await;
        let outcome = asked.map_err(|error| (Error::LimiterUnavailable(error), None))?;
        let (Outcome::Admitted { tat } | Outcome::Refused { tat }) = outcome;
        self.remember(key, Seen { tat, at: now });
        Ok(outcome)
    }

    /// Counts one of something that no request is behind; whether there is room for it.
    ///
    /// # Errors
    /// [`Error::LimiterUnavailable`].
    pub async fn admits(&self, key: &str, limit: Limit, clock: &dyn Clock) -> Result<bool> {
        match self.take(key, limit, clock).await {
            Ok(_) => Ok(true),
            Err((Error::RateLimited { .. }, _)) => Ok(false),
            Err((error, _)) => Err(error),
        }
    }

    /// Gives back what [`Limiter::admits`] counted, for it came to nothing. If that fails, one too many stays counted.
    pub async fn give_back(&self, key: &str, limit: Limit) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        if let Err(cause) = self.counters.give_back(key, limit.rule()).await {
            tracing::error!(event = "limit_not_given_back", %cause);
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

fn refused(limit: Limit, tat: i64, now: i64) -> (Error, Option<Standing>) {
    let retry_after = seconds(limit.rule().wait(tat, now));
    (Error::RateLimited { by: limit.by, retry_after }, Some(standing(limit, tat, now)))
}

fn standing(limit: Limit, tat: i64, now: i64) -> Standing {
    let rule = limit.rule();
    Standing { limit, remaining: rule.remaining(tat, now), reset: seconds(rule.refill(tat, now)) }
}

/// Whole seconds, rounded up, at least one.
fn seconds(millis: i64) -> i64 {
    (millis.saturating_add(999) / 1000).max(1)
}
