use std::any::Any;

use crate::agent::{Agent, EitherCaller, Scope};
use crate::epoch::Epoch;
use crate::id::{SessionId, UserId};
use crate::level::Level;
use crate::record::AccountRecord;
use crate::subject::Principal;

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
///     auth::User { id, session_id, epoch: todo!(), session_epoch: 0, is_recent: true, wrong_passwords: 0, record: None }
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
    pub(crate) is_recent: bool,
    pub(crate) wrong_passwords: u32,
    pub(crate) record: Option<AccountRecord>,
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

/// Proof of [`crate::Recent`]: the caller has proof `P`, and authenticated within the last [`crate::RECENT_SECONDS`].
///
/// ```compile_fail,E0423
/// fn forge(superuser: auth::Superuser) -> auth::RecentAuth<auth::Superuser> {
///     auth::RecentAuth(superuser)
/// }
/// ```
///
/// A proof of the level alone can't replace it, so a store method that takes it can't be called from an endpoint whose
/// level is not [`crate::Recent`]:
///
/// ```compile_fail,E0308
/// fn late(superuser: auth::Superuser) -> auth::RecentAuth<auth::Superuser> {
///     superuser
/// }
/// ```
#[derive(Debug)]
pub struct RecentAuth<P>(pub(crate) P);

impl<P> RecentAuth<P> {
    /// The proof of the level.
    pub fn caller(&self) -> &P {
        &self.0
    }
}

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

    /// Whether the caller authenticated within the last [`crate::RECENT_SECONDS`], as [`crate::Recent`] requires.
    pub fn is_recent(&self) -> bool {
        self.is_recent
    }

    /// The wrong passwords in a row that this session gave, when the caller was admitted.
    pub fn wrong_passwords(&self) -> u32 {
        self.wrong_passwords
    }

    /// Whether the session still has the epoch before: the last raise of the epoch kept the session, and its row was not
    /// moved yet.
    pub fn session_is_behind(&self) -> bool {
        self.session_epoch < self.epoch.number
    }

    /// The caller's record as it was when the caller was admitted, if the store of accounts kept it as a `T`. A write
    /// that depends on the record needs a condition, because the record may have changed since.
    pub fn record<T: Any>(&self) -> Option<&T> {
        self.record.as_ref()?.get()
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
    impl<P> Sealed for super::RecentAuth<P> {}
    impl<S> Sealed for super::Agent<S> {}
    impl<P, A> Sealed for super::EitherCaller<P, A> {}
}

/// The facts about the caller that every proof has.
pub trait Caller: sealed::Sealed + Send + Sync + 'static {
    /// The level that the proof is for.
    const LEVEL: Level;
    /// Whether the caller must have authenticated within the last [`crate::RECENT_SECONDS`].
    const RECENT: bool = false;
    /// The scope with which service keys are admitted. `None` if they are not.
    const SCOPE: Option<&'static str> = None;

    /// The caller, unless the caller is anonymous.
    fn principal(&self) -> Option<Principal>;
}

impl Caller for Anyone {
    const LEVEL: Level = Level::Public;

    fn principal(&self) -> Option<Principal> {
        None
    }
}

impl Caller for User {
    const LEVEL: Level = Level::Authenticated;

    fn principal(&self) -> Option<Principal> {
        Some(Principal::User(self.id))
    }
}

/// The proof of [`crate::Maybe`]. `None` is a caller without a token, and proves nothing.
impl Caller for Option<User> {
    const LEVEL: Level = Level::Maybe;

    fn principal(&self) -> Option<Principal> {
        self.as_ref().and_then(User::principal)
    }
}

impl Caller for Staff {
    const LEVEL: Level = Level::Staff;

    fn principal(&self) -> Option<Principal> {
        self.0.principal()
    }
}

impl Caller for Superuser {
    const LEVEL: Level = Level::Superuser;

    fn principal(&self) -> Option<Principal> {
        self.0.principal()
    }
}

impl<P: Caller> Caller for RecentAuth<P> {
    const LEVEL: Level = P::LEVEL;
    const RECENT: bool = true;

    fn principal(&self) -> Option<Principal> {
        self.0.principal()
    }
}

impl<S: Scope> Caller for Agent<S> {
    const LEVEL: Level = Level::Agent;
    const SCOPE: Option<&'static str> = Some(S::NAME);

    fn principal(&self) -> Option<Principal> {
        Some(Principal::Agent(self.id))
    }
}

impl<P: Caller, S: Scope> Caller for EitherCaller<P, Agent<S>> {
    const LEVEL: Level = P::LEVEL;
    const SCOPE: Option<&'static str> = Some(S::NAME);

    fn principal(&self) -> Option<Principal> {
        match self {
            EitherCaller::User(user) => user.principal(),
            EitherCaller::Agent(agent) => agent.principal(),
        }
    }
}
