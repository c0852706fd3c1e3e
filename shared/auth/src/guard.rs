use jiff::Timestamp;

use crate::access::Access;
use crate::agent::AgentState;
use crate::bearer;
use crate::claims::{AgentClaims, Claims, Holder, UserClaims};
use crate::epoch::Epoch;
use crate::error::{Error, Reason, Result, SourceError};
use crate::facts::{Facts, HolderFacts, UserFacts};
use crate::future::BoxFuture;
use crate::gate::{Admitted, Passed};
use crate::id::{ClientId, SessionId, UserId};
use crate::key_ring::{KeyRing, PublishedKeys};
use crate::policy::TokenPolicy;
use crate::proof::User;
use crate::record::AccountRecord;
use crate::roles::Roles;
use crate::subject::Principal;
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
    /// The time when the password was last set, unless that was at sign-up.
    pub password_set_at: Option<Timestamp>,
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
    /// The time of the sign-in.
    pub signed_in_at: Timestamp,
    /// The time of the user's last authentication in this session.
    pub authenticated_at: Timestamp,
    /// Whether the user gave more than one factor.
    pub has_factor: bool,
    /// The wrong passwords in a row that were given in this session.
    pub wrong_passwords: u32,
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
            () if !epoch.admits(id, self.epoch, self.has_factor) => Err(Reason::SessionEpoch),
            () => Ok(()),
        }
    }
}

/// The account and the session of a token, as stored now.
#[derive(Debug)]
pub struct AccountState {
    /// The user, if the account exists.
    pub user: Option<UserState>,
    /// The session, if it exists.
    pub session: Option<SessionState>,
    /// The user's whole record, for [`User::record`], if the store keeps it: from the same read as `user`.
    pub record: Option<AccountRecord>,
}

/// The store of accounts and sessions.
pub trait AccountStates: Send + Sync {
    /// Reads both records in one call, strongly consistent.
    ///
    /// # Errors
    /// When the store does not answer. A missing record is not an error.
    fn read(&self, user: UserId, session: SessionId) -> BoxFuture<'_, Result<AccountState, SourceError>>;

    /// Reads a service key, strongly consistent. A store without service keys has none.
    ///
    /// # Errors
    /// When the store does not answer. A missing key is not an error.
    fn read_agent(&self, agent: ClientId) -> BoxFuture<'_, Result<Option<AgentState>, SourceError>> {
        let _ = agent;
        Box::pin(std::future::ready(Ok(None)))
    }
}

/// The rejection of a request.
#[derive(Debug)]
pub struct Rejection {
    /// The reason.
    pub error: Error,
    /// The token's user or service key, for the log. Known if signature and claims were valid.
    pub principal: Option<Principal>,
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
    /// The token must be valid, and its claims must satisfy the level: first the kind of caller and the role, then a recent
    /// authentication and a second factor. Then the stored records must confirm the account and satisfy the level in the
    /// same order. Claims that don't satisfy the level are refused before a record is read. Level [`crate::Maybe`] also
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
        let Claims { holder, .. } =
            self.verify(token, now).await.map_err(|error| Rejection { error, principal: None })?;
        let confirmed = match &holder {
            Holder::User(user) => self.confirm_user::<A>(user, now).await,
            Holder::Agent(agent) => self.confirm_agent::<A>(agent, now).await,
        };
        confirmed.map_err(|error| Rejection { error, principal: Some(holder.principal()) })
    }

    async fn verify(&self, token: Result<&str>, now: Timestamp) -> Result<Claims> {
        let token = UnverifiedToken::parse(token?)?;
        let key = self.keys.get(token.key_id(), now).await?;
        token.verify(&key, &self.policy, now)
    }

    fn facts<'a>(&self, holder: HolderFacts<'a>, now: Timestamp) -> Facts<'a> {
        Facts { holder, now, factors: self.policy.factors }
    }

    /// Judges the facts in the order of refusals: the kind and the role (403), then the authentication (401).
    fn judge<A: Access>(&self, holder: HolderFacts<'_>, now: Timestamp) -> Result<()> {
        let lacks = A::check(&self.facts(holder, now))?;
        if lacks.is_nothing() { Ok(()) } else { Err(Error::ReauthenticationRequired(lacks)) }
    }

    async fn confirm_user<A: Access>(&self, claims: &UserClaims, now: Timestamp) -> Result<A::Proof> {
        let UserClaims { roles, auth_time, has_factor, .. } = *claims;
        self.judge::<A>(HolderFacts::User(UserFacts { roles, auth_time, has_factor }), now)?;
        let (user, session, record) = match self.user_state(claims, now).await {
            // The two records are not read at the same instant. A password change in between makes their epochs differ,
            // so a second read decides, and the record is the one of that read.
            Err(Error::TokenInvalid(Reason::SessionEpoch)) => self.user_state(claims, now).await?,
            read => read?,
        };
        let stored = stored_facts(claims, user, session);
        self.judge::<A>(HolderFacts::User(stored), now)?;
        let user = User {
            id: claims.user_id,
            session_id: claims.session_id,
            epoch: user.epoch,
            session_epoch: session.epoch,
            is_recent: self.facts(HolderFacts::User(stored), now).is_recent(),
            wrong_passwords: session.wrong_passwords,
            record,
        };
        A::prove(Admitted::User(user), Passed(()))
    }

    async fn confirm_agent<A: Access>(&self, claims: &AgentClaims, now: Timestamp) -> Result<A::Proof> {
        self.judge::<A>(HolderFacts::Agent(&claims.scopes), now)?;
        let state = self.accounts.read_agent(claims.client_id).await.map_err(Error::Unavailable)?;
        let state = state.ok_or(Reason::AgentUnknown)?;
        state.check(now)?;
        self.judge::<A>(HolderFacts::Agent(&state.scopes), now)?;
        A::prove(Admitted::Agent(claims.client_id), Passed(()))
    }

    async fn user_state(&self, claims: &UserClaims, now: Timestamp) -> Result<Confirmed> {
        let state = self.accounts.read(claims.user_id, claims.session_id).await.map_err(Error::Unavailable)?;
        Ok(confirm(claims, state, now)?)
    }
}

/// The states of an active user and session, and the user's record, from one read.
type Confirmed = (UserState, SessionState, Option<AccountRecord>);

/// The stored state of the claims' user and session, if both are active.
fn confirm(claims: &UserClaims, state: AccountState, now: Timestamp) -> Result<Confirmed, Reason> {
    let user = state.user.ok_or(Reason::UserUnknown)?;
    if !user.is_active {
        return Err(Reason::UserInactive);
    }
    let session = state.session.ok_or(Reason::SessionUnknown)?;
    session.check(claims.session_id, claims.user_id, user.epoch, now)?;
    Ok((user, session, state.record))
}

/// The facts that the records confirm. A token can't be younger than the session's last authentication, so a token that
/// claims so is not recent. Neither is one from before the present password: a password that was replaced may be known to
/// a thief.
fn stored_facts(claims: &UserClaims, user: UserState, session: SessionState) -> UserFacts {
    let last = session.authenticated_at.as_second();
    // A session that began after that has no other authentication.
    let replaced_at = user.password_set_at.filter(|at| session.signed_in_at < *at);
    let since = replaced_at.map_or(i64::MIN, Timestamp::as_second);
    UserFacts {
        roles: user.roles,
        auth_time: claims.auth_time.filter(|at| *at <= last && *at > since),
        has_factor: claims.has_factor && session.has_factor,
    }
}

#[cfg(test)]
mod tests;
