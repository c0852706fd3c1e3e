use crate::id::SessionId;

/// A user's epoch. Raising the epoch ends all sessions of the user at once, except for one session that may be kept.
#[derive(Clone, Copy, Debug)]
pub struct Epoch {
    /// Sessions of this epoch are active.
    pub number: u64,
    /// The session that was kept at the last raise. It may still have the previous epoch.
    pub kept: Option<SessionId>,
}

impl Epoch {
    /// The number after a raise.
    pub fn next(&self) -> u64 {
        self.number.saturating_add(1)
    }

    /// Whether a session of epoch `number` is active.
    pub fn admits(&self, session: SessionId, number: u64) -> bool {
        number == self.number || (self.kept == Some(session) && number.checked_add(1) == Some(self.number))
    }
}
