use crate::id::SessionId;

/// A user's epoch: raised to end all sessions of the user at once, but for one that may stay.
#[derive(Clone, Copy, Debug)]
pub struct Epoch {
    /// Sessions of this epoch are alive.
    pub number: u64,
    /// The session that was to outlive the last raise, and may still be of the epoch before.
    pub kept: Option<SessionId>,
}

impl Epoch {
    /// Whether a session of epoch `number` is alive.
    pub fn admits(&self, session: SessionId, number: u64) -> bool {
        number == self.number || (self.kept == Some(session) && number.checked_add(1) == Some(self.number))
    }
}
