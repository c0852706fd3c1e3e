use auth::{Methods, UserId};

/// Proof that the caller gave a right code of a user's second factor, after the password or in a session that began with
/// both, or a response of the user's passkey. Only the checks of codes and passkeys make one.
#[derive(Debug)]
pub struct FactorProof {
    user_id: UserId,
    methods: Methods,
}

impl FactorProof {
    #[cfg(feature = "endpoints")]
    pub(crate) fn new(user_id: UserId, methods: Methods) -> Self {
        Self { user_id, methods }
    }

    /// The user.
    pub fn user_id(&self) -> UserId {
        self.user_id
    }

    /// The ways in which the user authenticated.
    pub fn methods(&self) -> &Methods {
        &self.methods
    }
}
