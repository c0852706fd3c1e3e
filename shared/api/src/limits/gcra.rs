//! The generic cell rate algorithm, a token bucket kept as one number: the theoretical arrival time, `tat`.

/// How far beyond a full window a `tat` may lie in the future, in milliseconds. Larger values come from a wrong clock.
const SKEW: i64 = 5_000;

/// At most `burst` calls at one instant, and `burst` calls per window in the long run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The number of calls admitted at one instant, and per window.
    pub burst: u32,
    /// The window, in milliseconds.
    pub window: i64,
}

/// The decision of a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Admitted, and counted.
    Admitted {
        /// The counter's new value, in milliseconds since 1970.
        tat: i64,
    },
    /// Refused, and not counted.
    Refused {
        /// The counter's value, in milliseconds since 1970.
        tat: i64,
    },
}

/// The next step for a stored `tat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The bucket is full: start from now.
    Begin,
    /// Add one step to the stored value.
    Add,
    /// The bucket is spent.
    Refuse,
    /// The value can only come from a wrong clock: reset it to a full window.
    Repair,
}

impl Rule {
    /// The time after which one more call is admitted, in milliseconds. Rounded up, so that never too many calls are
    /// admitted.
    pub fn step(&self) -> i64 {
        let burst = i64::from(self.burst.max(1));
        (self.window + burst - 1) / burst
    }

    /// How far the `tat` may lie in the future for one more call to be admitted.
    pub(crate) fn tolerance(&self) -> i64 {
        self.step() * i64::from(self.burst.saturating_sub(1))
    }

    pub(crate) fn decide(&self, tat: i64, now: i64) -> Step {
        match tat.saturating_sub(now) {
            ..=0 => Step::Begin,
            ahead if ahead <= self.tolerance() => Step::Add,
            ahead if ahead <= self.window.saturating_add(SKEW) => Step::Refuse,
            _ => Step::Repair,
        }
    }

    /// The number of calls still admitted at `now`.
    pub fn remaining(&self, tat: i64, now: i64) -> u32 {
        u32::try_from(self.room(tat, now) / self.step()).unwrap_or(0).min(self.burst)
    }

    /// The time until [`Rule::remaining`] grows by one, in milliseconds. One step if the bucket is full.
    pub fn refill(&self, tat: i64, now: i64) -> i64 {
        let room = self.room(tat, now);
        self.step().saturating_sub(if room < 0 { room } else { room % self.step() })
    }

    /// How far the `tat` may still advance before the bucket is spent. Negative beyond that.
    fn room(&self, tat: i64, now: i64) -> i64 {
        now.saturating_add(self.tolerance() + self.step()).saturating_sub(tat.max(now))
    }

    /// The time until one more call is admitted, in milliseconds.
    pub fn wait(&self, tat: i64, now: i64) -> i64 {
        tat.saturating_sub(self.tolerance()).saturating_sub(now).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule { burst: 10, window: 60_000 };

    #[test]
    fn a_full_bucket_begins_an_open_one_adds_a_spent_one_refuses_and_an_impossible_one_is_repaired() {
        assert_eq!(RULE.decide(1_000, 1_000), Step::Begin);
        assert_eq!(RULE.decide(1_001, 1_000), Step::Add);
        assert_eq!(RULE.decide(55_000, 1_000), Step::Add);
        assert_eq!(RULE.decide(55_001, 1_000), Step::Refuse);
        assert_eq!(RULE.decide(66_000, 1_000), Step::Refuse);
        assert_eq!(RULE.decide(66_001, 1_000), Step::Repair);
        assert_eq!(RULE.decide(i64::MAX, 0), Step::Repair);
    }

    #[test]
    fn remaining_and_wait_agree_with_the_decision() {
        for tat in (0..70_000).step_by(500) {
            let admitted = matches!(RULE.decide(tat, 0), Step::Begin | Step::Add);
            assert_eq!(RULE.remaining(tat, 0) > 0, admitted, "{tat}");
            assert_eq!(RULE.wait(tat, 0) == 0, admitted, "{tat}");
            assert!(matches!(RULE.decide(tat, RULE.wait(tat, 0)), Step::Begin | Step::Add), "{tat}");
        }
        assert_eq!((RULE.remaining(0, 0), RULE.remaining(6_000, 0)), (10, 9));
    }

    #[test]
    fn after_a_refill_one_more_remains_and_not_before() {
        for tat in (1..66_000).step_by(499) {
            let (left, refill) = (RULE.remaining(tat, 0), RULE.refill(tat, 0));
            assert_eq!(RULE.remaining(tat, refill - 1), left, "{tat}");
            assert_eq!(RULE.remaining(tat, refill), left + 1, "{tat}");
        }
    }
}
