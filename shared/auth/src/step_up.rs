/// The parts of an authentication that a call lacks (RFC 9470).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepUp {
    /// A recent authentication.
    pub recent: bool,
    /// A second factor.
    pub factor: bool,
}

impl StepUp {
    /// Whether the authentication lacks nothing.
    pub fn is_nothing(self) -> bool {
        !self.recent && !self.factor
    }
}
