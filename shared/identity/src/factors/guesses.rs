use std::sync::Arc;

use api::{Context, HOUR, Limit, Limiter, MINUTE, Part, PartInfo, Permit, Result, per_subject};
use auth::{Clock, UserId};

/// The limits on guesses at the codes of a user, at all endpoints together. They count by user and epoch, so a new password
/// gives the owner a fresh budget, and the guesser none.
const OF_EPOCH: [Limit; 2] = [per_subject(5, 5 * MINUTE), per_subject(20, 24 * HOUR)];
/// The limit on guesses at the codes of a user, for a guesser who can reset the password again and again.
const OF_USER: Limit = per_subject(100, 24 * HOUR);

/// Counts guesses at codes.
#[derive(Clone)]
pub(super) struct Guesses {
    limiter: Limiter,
    clock: Arc<dyn Clock>,
}

impl Guesses {
    /// Counts a guess before the code is looked at, by all limits at the same time. If one of them refuses the guess, the
    /// others give it back: refused guesses use up nothing.
    ///
    /// # Errors
    /// [`api::Error::RateLimited`], or when the counters can't be reached.
    pub async fn count(&self, user: UserId, epoch: u64) -> Result<()> {
        let counters = counters(user, epoch);
        let [short, long, ever] = &counters;
        let (short, long, ever) = tokio::join!(self.require(short), self.require(long), self.require(ever));
        let counted = [short, long, ever];
        if counted.iter().all(Result::is_ok) {
            return Ok(());
        }
        for (counter, _) in counters.iter().zip(&counted).filter(|(_, counted)| counted.is_ok()) {
            self.refund(counter).await;
        }
        counted.into_iter().collect()
    }

    /// Takes back a guess that was none: the code was right, was used before, or was not looked at.
    pub async fn take_back(&self, user: UserId, epoch: u64) {
        let counters = counters(user, epoch);
        let [short, long, ever] = &counters;
        tokio::join!(self.refund(short), self.refund(long), self.refund(ever));
    }

    async fn require(&self, (limit, key): &(Limit, String)) -> Result<()> {
        self.limiter.require(key, *limit, &*self.clock).await
    }

    async fn refund(&self, (limit, key): &(Limit, String)) {
        self.limiter.refund(key, *limit).await;
    }
}

fn counters(user: UserId, epoch: u64) -> [(Limit, String); 3] {
    let (user, scope) = (user.to_string(), format!("second factor {epoch}"));
    let [short, long] = OF_EPOCH;
    [
        (short, short.key(&scope, &user, "")),
        (long, long.key(&scope, &user, "")),
        (OF_USER, OF_USER.key("second factor", &user, "")),
    ]
}

impl Part for Guesses {
    const DATABASE: bool = true;

    fn build(context: &Context, permit: &Permit) -> Result<Self> {
        Ok(Self { limiter: context.part(permit)?, clock: context.clock().clone() })
    }

    fn list(into: &mut Vec<PartInfo>) {
        <Limiter as Part>::list(into);
    }
}
