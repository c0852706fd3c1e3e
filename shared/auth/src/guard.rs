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
    /// Whether the user may use anything at all.
    pub is_active: bool,
    /// The roles held now.
    pub roles: Roles,
    /// Which sessions of the user are alive.
    pub epoch: Epoch,
}

/// The parts of a stored session that access depends on.
#[derive(Clone, Copy, Debug)]
pub struct SessionState {
    /// Whose session it is.
    pub user_id: UserId,
    /// The user's epoch when it began.
    pub epoch: u64,
    /// Whether it was ended.
    pub revoked: bool,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// The account and the session of a token, as they are stored at this moment.
#[derive(Clone, Copy, Debug)]
pub struct AccountState {
    /// The user, if there is one.
    pub user: Option<UserState>,
    /// The session, if there is one.
    pub session: Option<SessionState>,
}

/// The store of accounts and sessions.
pub trait AccountStates: Send + Sync {
    /// Reads both records at once, strongly consistent.
    ///
    /// # Errors
    /// When the store does not answer. An absent record is no error.
    fn read(&self, user: UserId, session: SessionId) -> BoxFuture<'_, Result<AccountState, SourceError>>;
}

/// Why a request was not admitted.
#[derive(Debug)]
pub struct Rejection {
    /// Why.
    pub error: Error,
    /// Whose token it was, if its signature and claims were good: for the log.
    pub user: Option<UserId>,
}

impl From<Rejection> for Error {
    fn from(refused: Rejection) -> Self {
        refused.error
    }
}

/// Decides who may pass: the one place where tokens turn into proofs.
pub struct Guard {
    keys: KeyRing,
    accounts: Box<dyn AccountStates>,
    policy: TokenPolicy,
}

impl Guard {
    /// A guard over published keys and live records.
    pub fn new(
        keys: impl PublishedKeys + 'static,
        accounts: impl AccountStates + 'static,
        policy: TokenPolicy,
    ) -> Self {
        Self { keys: KeyRing::new(keys), accounts: Box::new(accounts), policy }
    }

    /// Admits a request to level `A`, given all its `Authorization` headers.
    ///
    /// The token must be good, its claims must hold the role, and the live record must confirm the user, the role and
    /// the session. Claims without the role are refused before anything but the key is read.
    ///
    /// # Errors
    /// Why the request is refused; [`Error::Unavailable`] when that could not be decided.
    pub async fn admit<A: Access>(&self, authorization: &[&str], now: Timestamp) -> Result<A::Proof, Rejection> {
        if let Some(anyone) = A::without_token() {
            return Ok(anyone);
        }
        let claims = self.verify(authorization, now).await.map_err(|error| Rejection { error, user: None })?;
        let confirmed = self.confirm_level::<A>(&claims, now).await;
        confirmed.map_err(|error| Rejection { error, user: Some(claims.user_id) })
    }

    async fn verify(&self, authorization: &[&str], now: Timestamp) -> Result<Claims> {
        let token = UnverifiedToken::parse(bearer::token(authorization)?)?;
        let key = self.keys.get(token.key_id(), now).await?;
        token.verify(&key, &self.policy, now)
    }

    async fn confirm_level<A: Access>(&self, claims: &Claims, now: Timestamp) -> Result<A::Proof> {
        A::check(claims.roles)?;
        let user = match self.user_state(claims, now).await {
            // The two records are not read at one instant: between them, a password change may move both.
            Err(Error::TokenInvalid(Reason::SessionEpoch)) => self.user_state(claims, now).await?,
            read => read?,
        };
        A::check(user.roles)?;
        let user = User { id: claims.user_id, session_id: claims.session_id, epoch: user.epoch.number };
        Ok(A::prove(user, Passed(())))
    }

    async fn user_state(&self, claims: &Claims, now: Timestamp) -> Result<UserState> {
        let state = self.accounts.read(claims.user_id, claims.session_id).await.map_err(Error::Unavailable)?;
        Ok(confirm(claims, state, now)?)
    }
}

/// The live record of the claims' user, if user and session are alive.
fn confirm(claims: &Claims, state: AccountState, now: Timestamp) -> Result<UserState, Reason> {
    let user = state.user.ok_or(Reason::UserUnknown)?;
    if !user.is_active {
        return Err(Reason::UserInactive);
    }
    let session = state
        .session
        .filter(|session| session.user_id == claims.user_id && session.expires_at > now)
        .ok_or(Reason::SessionUnknown)?;
    if session.revoked {
        return Err(Reason::SessionRevoked);
    }
    if !user.epoch.admits(claims.session_id, session.epoch) {
        return Err(Reason::SessionEpoch);
    }
    Ok(user)
}
