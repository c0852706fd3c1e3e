use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use auth::Clock;

use super::counters::Counters;
use super::gcra::{Outcome, Rule};
use super::limit::Limit;
use crate::context::{Context, Part, Permit};
use crate::error::{Error, Result};
use crate::part::PartInfo;

/// How long a spent counter is remembered without reading it again, in milliseconds. An operator's unblock can take
/// this long.
const BELIEVED: i64 = 30_000;
/// Upper bound on remembered counters.
const CAPACITY: usize = 10_000;

/// Counts calls against limits. Remembers the last values of the counters.
#[derive(Clone, Debug)]
pub struct Limiter(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) counters: Counters,
    seen: Mutex<HashMap<String, Seen>>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    tat: i64,
    at: i64,
}

/// The state of a limit after a call.
#[derive(Clone, Copy, Debug)]
pub struct LimitStatus {
    /// The limit.
    pub limit: Limit,
    /// The number of calls that would be admitted right now.
    pub remaining: u32,
    /// Seconds until one more call would be admitted.
    pub reset: i64,
}

impl Limiter {
    /// Counts one call.
    ///
    /// # Errors
    /// [`Error::RateLimited`] with the status, or [`Error::LimiterUnavailable`].
    pub(crate) async fn acquire(
        &self,
        key: &str,
        limit: Limit,
        clock: &dyn Clock,
    ) -> Result<LimitStatus, (Error, Option<LimitStatus>)> {
        let millis = || clock.now().as_millisecond();
        let mut now = millis();
        if let Some(seen) = self.known(key).filter(|seen| seen.blocks(limit.rule(), now)) {
            return Err(exceeded(limit, seen.tat, now));
        }
        let mut outcome = self.ask(key, limit, now).await?;
        if let Outcome::Refused { tat } = outcome {
            // Later calls moved the counter before this call did. By now, this call may be admitted.
            let later = millis();
            if later > now && limit.rule().wait(tat, later) == 0 {
                now = later;
                outcome = self.ask(key, limit, now).await?;
            }
        }
        match outcome {
            Outcome::Admitted { tat } => Ok(status(limit, tat, now)),
            Outcome::Refused { tat } => Err(exceeded(limit, tat, now)),
        }
    }

    /// Whether this process saw the counter spent within the limit's window. Then the next call may be refused, too.
    pub(crate) fn was_spent(&self, key: &str, limit: Limit, now: i64) -> bool {
        let rule = limit.rule();
        self.known(key).is_some_and(|seen| {
            (0..rule.window).contains(&now.saturating_sub(seen.at)) && rule.wait(seen.tat, seen.at) > 0
        })
    }

    async fn ask(&self, key: &str, limit: Limit, now: i64) -> Result<Outcome, (Error, Option<LimitStatus>)> {
        let known = self.known(key).map(|seen| seen.tat);
        let asked = self.0.counters.acquire(key, limit.rule(), now, known).await;
        let outcome = asked.map_err(|error| (Error::LimiterUnavailable(error), None))?;
        let (Outcome::Admitted { tat } | Outcome::Refused { tat }) = outcome;
        self.remember(key, Seen { tat, at: now });
        Ok(outcome)
    }

    /// Counts one unit of work that is not a request, such as a mail. Returns whether the work is allowed.
    ///
    /// # Errors
    /// [`Error::LimiterUnavailable`].
    pub async fn try_acquire(&self, key: &str, limit: Limit, clock: &dyn Clock) -> Result<bool> {
        match self.acquire(key, limit, clock).await {
            Ok(_) => Ok(true),
            Err((Error::RateLimited { .. }, _)) => Ok(false),
            Err((error, _)) => Err(error),
        }
    }

    /// Counts one unit of work, and refuses the request if the work is not allowed.
    ///
    /// # Errors
    /// [`Error::RateLimited`] or [`Error::LimiterUnavailable`].
    pub async fn require(&self, key: &str, limit: Limit, clock: &dyn Clock) -> Result<()> {
        self.acquire(key, limit, clock).await.map(drop).map_err(|(error, _)| error)
    }

    /// Whether no more work is allowed now. Counts nothing.
    ///
    /// # Errors
    /// [`Error::LimiterUnavailable`].
    pub async fn is_spent(&self, key: &str, limit: Limit, clock: &dyn Clock) -> Result<bool> {
        let tat = self.0.counters.read(key).await.map_err(Error::LimiterUnavailable)?;
        Ok(tat.is_some_and(|tat| limit.rule().wait(tat, clock.now().as_millisecond()) > 0))
    }

    /// Undoes [`Limiter::try_acquire`] for work that was not done. If the refund fails, the work stays counted.
    pub async fn refund(&self, key: &str, limit: Limit) {
        let seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        if let Err(cause) = self.0.counters.refund(key, limit.rule(), seen.map(|seen| seen.tat)).await {
            tracing::error!(event = "limit_not_given_back", %cause);
        }
    }

    fn known(&self, key: &str) -> Option<Seen> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner).get(key).copied()
    }

    fn remember(&self, key: &str, seen: Seen) {
        let mut all = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
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
    /// Whether a call can be refused without reading the counter.
    fn blocks(&self, rule: Rule, now: i64) -> bool {
        (0..BELIEVED).contains(&now.saturating_sub(self.at)) && rule.wait(self.tat, now) > 0
    }
}

fn exceeded(limit: Limit, tat: i64, now: i64) -> (Error, Option<LimitStatus>) {
    let retry_after = seconds(limit.rule().wait(tat, now));
    (Error::RateLimited { by: limit.by.as_str(), retry_after }, Some(status(limit, tat, now)))
}

fn status(limit: Limit, tat: i64, now: i64) -> LimitStatus {
    let rule = limit.rule();
    LimitStatus { limit, remaining: rule.remaining(tat, now), reset: seconds(rule.refill(tat, now)) }
}

/// Whole seconds, rounded up, at least one.
fn seconds(millis: i64) -> i64 {
    (millis.saturating_add(999) / 1000).max(1)
}

impl Part for Limiter {
    const DATABASE: bool = true;

    fn build(context: &Context, permit: &Permit) -> Result<Self> {
        Ok(Self(Arc::new(Inner { counters: Counters::new(context.db(permit)), seen: Mutex::default() })))
    }

    fn list(into: &mut Vec<PartInfo>) {
        into.push(PartInfo { name: "Limiter", tables: &[Counters::TABLE], variables: &[] });
    }
}
