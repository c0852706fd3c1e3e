use crate::id::SessionId;

/// A user's epoch. Raising the epoch ends all sessions of the user at once, except for one session that may be kept.
#[derive(Clone, Copy, Debug)]
pub struct Epoch {
    /// Sessions of this epoch are active.
    pub number: u64,
    /// The session that was kept at the last raise. It may still have the previous epoch.
    pub kept: Option<SessionId>,
    /// Whether the user has a second factor. Then only sessions that began with one are active: a
    /// version of this software that knows no factors may have begun others.
    pub takes_factor: bool,
}

impl Epoch {
    /// The number after a raise.
    pub fn next(&self) -> u64 {
        self.number.saturating_add(1)
    }

    /// Whether a session of epoch `number` is active, which began with a second factor or not.
    pub fn admits(&self, session: SessionId, number: u64, has_factor: bool) -> bool {
        let is_kept = self.kept == Some(session) && number.checked_add(1) == Some(self.number);
        (number == self.number || is_kept) && (has_factor || !self.takes_factor)
    }
}
