use std::marker::PhantomData;

use jiff::Timestamp;

use crate::error::Reason;
use crate::id::ClientId;
use crate::scopes::Scopes;

/// A scope of service keys. Each domain declares its scopes as types, so that they are a closed set.
pub trait Scope: Send + Sync + 'static {
    /// The scope's name in tokens, such as `orders:write`.
    const NAME: &'static str;
}

/// Proof that the caller is a service key with scope `S`, according to both the token and the stored key. Never yields a
/// [`crate::User`].
///
/// ```compile_fail,E0451
/// fn forge<S: auth::Scope>(id: auth::ClientId) -> auth::Agent<S> {
///     auth::Agent { id, scope: std::marker::PhantomData }
/// }
/// ```
///
/// A service key with one scope can't act with another:
///
/// ```compile_fail,E0308
/// fn widen<Read: auth::Scope, Write: auth::Scope>(agent: auth::Agent<Read>) -> auth::Agent<Write> {
///     agent
/// }
/// ```
#[derive(Debug)]
pub struct Agent<S> {
    pub(crate) id: ClientId,
    pub(crate) scope: PhantomData<fn() -> S>,
}

impl<S> Agent<S> {
    /// The service key's id.
    pub fn id(&self) -> ClientId {
        self.id
    }
}

/// The caller of an endpoint for users and for service keys: the proof of one of them.
#[derive(Debug)]
pub enum EitherCaller<P, A> {
    /// A user, with the proof of the level.
    User(P),
    /// A service key.
    Agent(A),
}

/// The parts of a stored service key that access depends on.
#[derive(Clone, Debug)]
pub struct AgentState {
    /// The scopes.
    pub scopes: Scopes,
    /// Whether the key was revoked.
    pub revoked: bool,
    /// The time when the key expires.
    pub expires_at: Timestamp,
}

impl AgentState {
    /// Checks that the key may be used.
    ///
    /// # Errors
    /// The reason why the key may not be used.
    pub fn check(&self, now: Timestamp) -> Result<(), Reason> {
        match () {
            () if self.expires_at <= now => Err(Reason::AgentUnknown),
            () if self.revoked => Err(Reason::AgentRevoked),
            () => Ok(()),
        }
    }
}
