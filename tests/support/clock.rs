use std::sync::Mutex;

use auth::Clock;
use jiff::{SignedDuration, Timestamp};

/// A clock that stands still until a test moves it.
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// A clock at the first moment of 2026.
    pub fn new() -> Self {
        Self(Mutex::new("2026-01-01T00:00:00Z".parse().unwrap()))
    }

    /// Moves the clock, backwards if the duration is negative.
    pub fn advance(&self, by: SignedDuration) {
        let mut now = self.0.lock().unwrap();
        *now = now.checked_add(by).unwrap();
    }

    /// Moves the clock by milliseconds.
    pub fn advance_millis(&self, by: i64) {
        self.advance(SignedDuration::from_millis(by));
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}
