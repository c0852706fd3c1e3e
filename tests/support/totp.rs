//! The codes that authenticator apps show, by the clock of the test.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use auth::{Clock, TotpSecret};
use jiff::SignedDuration;

use crate::clock::ManualClock;

/// How long an authenticator shows one code, in seconds.
pub const STEP: i64 = 30;

/// An authenticator app with the secret of one factor.
pub struct Authenticator {
    /// The id of the factor.
    pub id: String,
    secret: TotpSecret,
    clock: Arc<ManualClock>,
    /// The last step whose code was given to the API.
    given: AtomicU64,
}

impl Authenticator {
    /// An authenticator with a secret in base32, as somebody types it.
    ///
    /// # Panics
    /// When the text is no secret.
    pub fn new(id: &str, secret: &str, clock: Arc<ManualClock>) -> Self {
        let secret = TotpSecret::from_base32(secret).unwrap();
        Self { id: id.to_owned(), secret, clock, given: AtomicU64::new(0) }
    }

    fn step(&self) -> u64 {
        u64::try_from(self.clock.now().as_second() / STEP).unwrap()
    }

    fn at(&self, step: u64) -> String {
        self.secret.code_at(step)
    }

    /// The code that the app shows, which is not taken twice.
    pub fn code(&self) -> String {
        let step = self.step();
        self.given.fetch_max(step, Ordering::Relaxed);
        self.at(step)
    }

    /// A code that was not given yet. Waits for the app to show one.
    pub fn next_code(&self) -> String {
        while self.step() <= self.given.load(Ordering::Relaxed) {
            self.clock.advance(SignedDuration::from_secs(STEP));
        }
        self.code()
    }

    /// The code that the app shows in `steps` steps, or showed if they are negative.
    pub fn code_in(&self, steps: i64) -> String {
        self.at(self.step().checked_add_signed(steps).unwrap())
    }

    /// Six digits that are no code of these minutes.
    pub fn wrong_code(&self) -> String {
        let right: Vec<String> = (-4..=4).map(|steps| self.code_in(steps)).collect();
        (0..).map(|number| format!("{number:06}")).find(|code| !right.contains(code)).unwrap()
    }
}
