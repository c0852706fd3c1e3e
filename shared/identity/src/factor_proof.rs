use auth::UserId;

/// Proof that the caller gave a right code of a user's second factor, after the password or in a session that began with
/// both. Only the check of codes makes one.
#[derive(Debug)]
pub struct FactorProof(UserId);

impl FactorProof {
    #[cfg(feature = "endpoints")]
    pub(crate) fn new(user_id: UserId) -> Self {
        Self(user_id)
    }

    /// The user.
    pub fn user_id(&self) -> UserId {
        self.0
    }
}
