use jiff::Timestamp;

use crate::access::Access;
use crate::access::gate::Passed;
use crate::bearer;
use crate::claims::{Claims, Roles};
use crate::epoch::Epoch;
use crate::error::{Error, Reason, Result, SourceError};
use crate::future::BoxFuture;
use crate::id::{SessionId, UserId};
use crate::key_ring::{KeyRing, PublishedKeys};
use crate::policy::TokenPolicy;
use crate::proof::User;
use crate::token::UnverifiedToken;

/// The parts of a user's stored account that access depends on.
#[derive(Clone, Copy, Debug)]
pub struct UserState {
    /// Whether the account is active.
    pub is_active: bool,
    /// The current roles.
    pub roles: Roles,
    /// The epoch, which decides which sessions are active.
    pub epoch: Epoch,
}

/// The parts of a stored session that access depends on.
#[derive(Clone, Copy, Debug)]
pub struct SessionState {
    /// The session's user.
    pub user_id: UserId,
    /// The user's epoch to which the session belongs.
    pub epoch: u64,
    /// Whether the session was revoked.
    pub revoked: bool,
    /// The time when the session expires.
    pub expires_at: Timestamp,
}

impl SessionState {
    /// Checks that this state of session `id` is alive for its user: the one rule for calls, refreshes and lists.
    ///
    /// # Errors
    /// The reason why the session is not alive.
    pub fn check(&self, id: SessionId, user_id: UserId, epoch: Epoch, now: Timestamp) -> Result<(), Reason> {
        match () {
            () if self.user_id != user_id || self.expires_at <= now => Err(Reason::SessionUnknown),
            () if self.revoked => Err(Reason::SessionRevoked),
            () if !epoch.admits(id, self.epoch) => Err(Reason::SessionEpoch),
            () => Ok(()),
        }
    }
}

/// The account and the session of a token, as stored now.
#[derive(Clone, Copy, Debug)]
pub struct AccountState {
    /// The user, if the account exists.
    pub user: Option<UserState>,
    /// The session, if it exists.
    pub session: Option<SessionState>,
}

/// The store of accounts and sessions.
pub trait AccountStates: Send + Sync {
    /// Reads both records in one call, strongly consistent.
    ///
    /// # Errors
    /// When the store does not answer. A missing record is not an error.
    fn read(&self, user: UserId, session: SessionId) -> BoxFuture<'_, Result<AccountState, SourceError>>;
}

/// The rejection of a request.
#[derive(Debug)]
pub struct Rejection {
    /// The reason.
    pub error: Error,
    /// The token's user, for the log. Known if signature and claims were valid.
    pub user: Option<UserId>,
}

impl From<Rejection> for Error {
    fn from(refused: Rejection) -> Self {
        refused.error
    }
}

/// Decides about access: the only place where tokens turn into proofs.
pub struct Guard {
    keys: KeyRing,
    accounts: Box<dyn AccountStates>,
    policy: TokenPolicy,
}

impl Guard {
    /// A guard with the stores of published keys and of accounts.
    pub fn new(
        keys: impl PublishedKeys + 'static,
        accounts: impl AccountStates + 'static,
        policy: TokenPolicy,
    ) -> Self {
        Self { keys: KeyRing::new(keys), accounts: Box::new(accounts), policy }
    }

    /// Admits a request to level `A`, given all its `Authorization` headers.
    ///
    /// The token must be valid, and its claims must include the role. The stored account must confirm the user, the
    /// role and the session. Claims without the role are refused before the account is read. Level [`crate::Maybe`] also
    /// admits a request without a bearer token, but never one with a token that is not valid.
    ///
    /// # Errors
    /// The reason why the request is refused, or [`Error::Unavailable`] when the guard could not decide.
    pub async fn admit<A: Access>(&self, authorization: &[&str], now: Timestamp) -> Result<A::Proof, Rejection> {
        if let Some(anyone) = A::without_token() {
            return Ok(anyone);
        }
        let token = match (bearer::token(authorization), A::nobody()) {
            (Err(Error::TokenMissing), Some(nobody)) => return Ok(nobody),
            (token, _) => token,
        };
        let claims = self.verify(token, now).await.map_err(|error| Rejection { error, user: None })?;
        let confirmed = self.confirm_level::<A>(&claims, now).await;
        confirmed.map_err(|error| Rejection { error, user: Some(claims.user_id) })
    }

    async fn verify(&self, token: Result<&str>, now: Timestamp) -> Result<Claims> {
        let token = UnverifiedToken::parse(token?)?;
        let key = self.keys.get(token.key_id(), now).await?;
        token.verify(&key, &self.policy, now)
    }

    async fn confirm_level<A: Access>(&self, claims: &Claims, now: Timestamp) -> Result<A::Proof> {
        A::check(claims.roles)?;
        let user = match self.user_state(claims, now).await {
            // The two records are not read at the same instant. A password change in between makes their epochs differ,
            // so a second read decides.
            Err(Error::TokenInvalid(Reason::SessionEpoch)) => self.user_state(claims, now).await?,
            read => read?,
        };
        let (user, session_epoch) = user;
        A::check(user.roles)?;
        let user = User { id: claims.user_id, session_id: claims.session_id, epoch: user.epoch, session_epoch };
        Ok(A::prove(user, Passed(())))
    }

    async fn user_state(&self, claims: &Claims, now: Timestamp) -> Result<(UserState, u64)> {
        let state = self.accounts.read(claims.user_id, claims.session_id).await.map_err(Error::Unavailable)?;
        Ok(confirm(claims, state, now)?)
    }
}

/// The stored state of the claims' user, with the session's epoch, if user and session are active.
fn confirm(claims: &Claims, state: AccountState, now: Timestamp) -> Result<(UserState, u64), Reason> {
    let user = state.user.ok_or(Reason::UserUnknown)?;
    if !user.is_active {
        return Err(Reason::UserInactive);
    }
    let session = state.session.ok_or(Reason::SessionUnknown)?;
    session.check(claims.session_id, claims.user_id, user.epoch, now)?;
    Ok((user, session.epoch))
}
