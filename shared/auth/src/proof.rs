use crate::epoch::Epoch;
use crate::id::{SessionId, UserId};
use crate::level::Level;

/// The caller of a public endpoint: may be anyone.
#[derive(Clone, Copy, Debug)]
pub struct Anyone(pub(crate) ());

/// Proof that the caller is signed in: the token is valid, and user and session are active.
///
/// Like the other proofs, it is made only by [`crate::Guard::admit`]. Proofs can't be copied, so they can't outlive
/// their request:
///
/// ```compile_fail,E0451
/// fn forge(id: auth::UserId, session_id: auth::SessionId) -> auth::User {
///     auth::User { id, session_id, epoch: todo!(), session_epoch: 0 }
/// }
/// ```
///
/// (The same function with an existing proof compiles, so the example has no other error:)
///
/// ```
/// fn given(user: auth::User, id: auth::UserId, session_id: auth::SessionId) -> auth::User {
///     user
/// }
/// ```
#[derive(Debug)]
pub struct User {
    pub(crate) id: UserId,
    pub(crate) session_id: SessionId,
    pub(crate) epoch: Epoch,
    pub(crate) session_epoch: u64,
}

/// Proof that the caller is staff, according to both the token and the stored account.
///
/// ```compile_fail,E0603
/// fn forge(user: auth::User) -> auth::Staff {
///     auth::Staff(user)
/// }
/// ```
///
/// ```
/// fn given(user: auth::User, staff: auth::Staff) -> auth::Staff {
///     staff
/// }
/// ```
#[derive(Debug)]
pub struct Staff(pub(crate) User);

/// Proof that the caller is a superuser, according to both the token and the stored account.
///
/// ```compile_fail,E0603
/// fn forge(user: auth::User) -> auth::Superuser {
///     auth::Superuser(user)
/// }
/// ```
///
/// One proof can't replace another:
///
/// ```compile_fail,E0308
/// fn promote(staff: auth::Staff) -> auth::Superuser {
///     staff
/// }
/// ```
#[derive(Debug)]
pub struct Superuser(pub(crate) User);

impl User {
    /// The caller's id.
    pub fn id(&self) -> UserId {
        self.id
    }

    /// The session of the presented token.
    pub fn session_id(&self) -> SessionId {
        self.session_id
    }

    /// The user's epoch when the caller was admitted.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Whether the session still has the epoch before: the last raise of the epoch kept the session, and its row was not
    /// moved yet.
    pub fn session_is_behind(&self) -> bool {
        self.session_epoch < self.epoch.number
    }
}

impl Staff {
    /// The same caller, as a signed-in user.
    pub fn user(&self) -> &User {
        &self.0
    }
}

impl Superuser {
    /// The same caller, as a signed-in user.
    pub fn user(&self) -> &User {
        &self.0
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Anyone {}
    impl Sealed for super::User {}
    impl Sealed for Option<super::User> {}
    impl Sealed for super::Staff {}
    impl Sealed for super::Superuser {}
}

/// The facts about the caller that every proof has.
pub trait Caller: sealed::Sealed + Send + Sync + 'static {
    /// The level that the proof is for.
    const LEVEL: Level;

    /// The caller's id, unless the caller is anonymous.
    fn user_id(&self) -> Option<UserId>;
}

impl Caller for Anyone {
    const LEVEL: Level = Level::Public;

    fn user_id(&self) -> Option<UserId> {
        None
    }
}

impl Caller for User {
    const LEVEL: Level = Level::Authenticated;

    fn user_id(&self) -> Option<UserId> {
        Some(self.id)
    }
}

/// The proof of [`crate::Maybe`]. `None` is a caller without a token, and proves nothing.
impl Caller for Option<User> {
    const LEVEL: Level = Level::Maybe;

    fn user_id(&self) -> Option<UserId> {
        self.as_ref().map(User::id)
    }
}

impl Caller for Staff {
    const LEVEL: Level = Level::Staff;

    fn user_id(&self) -> Option<UserId> {
        self.0.user_id()
    }
}

impl Caller for Superuser {
    const LEVEL: Level = Level::Superuser;

    fn user_id(&self) -> Option<UserId> {
        self.0.user_id()
    }
}
