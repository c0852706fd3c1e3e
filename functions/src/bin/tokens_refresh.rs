//! `POST /v1/auth/token/refresh`: exchange a refresh token for new tokens. For 60 s, the same token gives the same
//! successor, for example in a second tab. After that, using the token again ends the session.

use api::{
    Body, Code, Context, DatabaseError, Endpoint, Error, Fields, FromRequest, Json, Limit, MINUTE, Request, Result,
    Route, codes, openapi::Operation, per_ip, per_subject, post, recorded,
};
use auth::{Anyone, Public, Reason, RefreshToken, hex};
use futures_util::future::join;
use identity::{
    AccessToken, Device, Issuer, LockedAccount, Notice, Notices, Presented, RefreshProof, Session, Sessions, Tokens,
    Users,
};
use jiff::Timestamp;

pub struct TokensRefresh;

/// `{"refresh_token": "..."}`. Text that can't be a token is refused after the limits, like any bad token.
pub struct Refresh(Option<RefreshToken>);

/// A refresh token with its session and the session's account, as they are stored.
pub struct Exchange {
    presented: Option<RefreshToken>,
    device: Device,
    stored: Stored,
}

/// What a refresh reads. The session is read first, so that a password change in between shows as a session of an earlier
/// epoch. Then both are read again.
#[derive(Default)]
struct Stored {
    session: Option<Session>,
    account: Option<LockedAccount>,
}

/// Two concurrent calls can collide once. A slow third call needs one more try.
const TRIES: usize = 3;

api::parts! {
    /// The parts of a refresh.
    pub struct Uses {
        users: Users,
        sessions: Sessions,
        issuer: Issuer,
        notices: Notices,
    }
}

impl Endpoint for TokensRefresh {
    const ROUTE: Route = post("/v1/auth/token/refresh");
    type Access = Public;
    const LIMITS: &[Limit] = &[per_ip(120, MINUTE).fail_closed(), per_subject(30, MINUTE).fail_closed()];
    const ERRORS: &[Code] = &[codes::TOKEN_INVALID];
    type Uses = Uses;
    type Input = Exchange;
    type Output = Json<Tokens>;

    async fn handle(
        context: &Context,
        uses: Self::Uses,
        _: Anyone,
        Exchange { presented, device, mut stored }: Self::Input,
    ) -> Result<Self::Output> {
        let presented = presented.ok_or_else(|| refused(Reason::Malformed))?;
        for attempt in 0..TRIES {
            if attempt > 0 {
                stored = Stored::read(context, &uses, &presented).await?;
            }
            let Stored { session: found, account } = std::mem::take(&mut stored);
            let (mut session, proof) = session(context, &uses, found, &presented).await?;
            // Sign before the rotation: a rotation without a response would cost the client its session.
            let access = match sign(context, &uses, &mut session, (account, &proof)).await? {
                Some(access) => access,
                None if attempt == 0 => continue,
                None => return Err(refused(Reason::SessionEpoch)),
            };
            if let Some(successor) = exchange(context, &uses, &session, &presented, &device).await? {
                return Ok(Json(access.with(&successor)));
            }
        }
        Err(Error::Database(DatabaseError::Unavailable("a session changed too often".to_owned())))
    }
}

impl Stored {
    async fn read(context: &Context, uses: &Uses, presented: &RefreshToken) -> Result<Self> {
        let session = uses.sessions.get(presented.session_id(), context.clock().now()).await?;
        let mut stored = Self { session, account: None };
        stored.read_account(context, uses, presented).await?;
        Ok(stored)
    }

    /// Reads the account of an active session whose token was presented.
    async fn read_account(&mut self, context: &Context, uses: &Uses, presented: &RefreshToken) -> Result<()> {
        let Some(session) = self.session.as_ref().filter(|session| !session.revoked) else { return Ok(()) };
        if let Presented::Current(proof) | Presented::Replayed(proof, _) =
            uses.sessions.judge(session, presented, context.clock().now())
        {
            self.account = uses.users.credentials(proof.user_id()).await?;
        }
        Ok(())
    }
}

/// The session of the token, if it is active.
async fn session(
    context: &Context,
    uses: &Uses,
    stored: Option<Session>,
    presented: &RefreshToken,
) -> Result<(Session, RefreshProof)> {
    let (sessions, now) = (&uses.sessions, context.clock().now());
    let session = stored.ok_or_else(|| refused(Reason::SessionUnknown))?;
    match sessions.judge(&session, presented, now) {
        Presented::Foreign => Err(refused(Reason::RefreshSecret)),
        _ if session.revoked => Err(refused(Reason::SessionRevoked)),
        Presented::Reused => Err(end_reused(&session, uses, presented, now).await),
        Presented::Current(proof) | Presented::Replayed(proof, _) => Ok((session, proof)),
    }
}

/// Ends the session of a token that was used before. Returns the error for the client.
async fn end_reused(session: &Session, uses: &Uses, presented: &RefreshToken, now: Timestamp) -> Error {
    let (user, session) = (session.user_id(), session.id());
    // Logged before the write, so that the log has the reuse even if the write fails.
    tracing::warn!(event = "refresh_reused", %user, %session);
    let tell = uses.notices.tell_user(user, Notice::SessionReused { session }, now);
    let ended = recorded(uses.sessions.revoke_reused(presented, now), |outcome| {
        tracing::info!(event = "session_revoked", %user, %session, by = "refresh_reused", outcome);
    });
    // Without a confirmation, the client is to try again, so that the session ends.
    join(ended, tell).await.0.err().unwrap_or_else(|| refused(Reason::RefreshReused))
}

/// An access token with the user's present roles. The session takes the user's epoch. `None` if the epochs differ. They
/// can seem to differ when a password change comes between the two reads.
async fn sign(
    context: &Context,
    uses: &Uses,
    session: &mut Session,
    (account, proof): (Option<LockedAccount>, &RefreshProof),
) -> Result<Option<AccessToken>> {
    let locked = account.ok_or_else(|| refused(Reason::UserUnknown))?;
    let account = locked.open_session(proof).ok_or_else(|| refused(Reason::RefreshSecret))?;
    match () {
        () if !account.is_active => Err(refused(Reason::UserInactive)),
        () if !account.epoch.admits(session.id(), session.epoch, session.state().has_factor) => Ok(None),
        () => {
            session.epoch = account.epoch.number;
            let (now, entropy) = (context.clock().now(), &**context.entropy());
            let subject = session.token_subject(account.roles());
            Ok(Some(uses.issuer.issue(&subject, now, entropy).await?))
        }
    }
}

/// The presented token's successor. `None` if another call changed the session.
async fn exchange(
    context: &Context,
    uses: &Uses,
    session: &Session,
    presented: &RefreshToken,
    device: &Device,
) -> Result<Option<RefreshToken>> {
    let now = context.clock().now();
    match uses.sessions.judge(session, presented, now) {
        Presented::Replayed(_, successor) => Ok(Some(successor)),
        Presented::Current(_) => {
            let salt = auth::random::<16>(&**context.entropy())?;
            let rotated = uses.sessions.rotate(session, presented, &salt, device, now).await?;
            Ok(rotated.then(|| presented.successor(&salt)))
        }
        Presented::Reused | Presented::Foreign => Ok(None),
    }
}

fn refused(reason: Reason) -> Error {
    auth::Error::TokenInvalid(reason).into()
}

impl FromRequest<Uses> for Exchange {
    const HAS_SUBJECT: bool = true;

    async fn from_request(context: &Context, uses: &Uses, request: &Request) -> Result<Self> {
        let Json(Refresh(presented)) = Json::<Refresh>::from_request(context, uses, request).await?;
        let device = Device::from_request(context, uses, request).await?;
        let session = match &presented {
            Some(token) => uses.sessions.get(token.session_id(), context.clock().now()).await?,
            None => None,
        };
        Ok(Self { presented, device, stored: Stored { session, account: None } })
    }

    async fn load(&mut self, context: &Context, uses: &Uses) -> Result<()> {
        match &self.presented {
            Some(presented) => self.stored.read_account(context, uses, presented).await,
            None => Ok(()),
        }
    }

    fn document(operation: &mut Operation<'_>) {
        <Json<Refresh> as FromRequest<Uses>>::document(operation);
    }

    fn subject(&self) -> Option<String> {
        // With the family, so that somebody who only knows the session's id can't use up its owner's limit.
        let name = |token: &RefreshToken| format!("{}.{}", token.session_id(), hex(&token.family_digest()));
        self.presented.as_ref().map(name)
    }
}

impl Body for Refresh {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        let text = fields.text("refresh_token", "{sid}.{family}.{secret}")?;
        Some(Self(RefreshToken::parse(&text)))
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<TokensRefresh>()
}
