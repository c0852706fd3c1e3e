//! `POST /v1/auth/token/refresh`: exchange a refresh token for new tokens. Presented again within 10 s, as by
//! a second tab, it gives the same successor; later, it ends the session.

use api::{AccessToken, App, Body, Code, Endpoint, Error, Json, Limit, MINUTE, Members, Result, Route, Tokens};
use api::{per_ip, per_subject, post};
use auth::{Anyone, Public, Reason, RefreshToken};
use store::{Device, Presented, Session};

pub struct TokensRefresh;

/// `{"refresh_token": "..."}`. One that can't be a token is refused like any other bad one, after the limits.
pub struct Refresh(Option<RefreshToken>);

/// Two that rotate at once can get into each other's way once; this leaves room for a slow third.
const TRIES: usize = 3;

impl Endpoint for TokensRefresh {
    const ROUTE: Route = post("/v1/auth/token/refresh");
    type Access = Public;
    const LIMITS: &[Limit] = &[per_ip(120, MINUTE).fail_closed(), per_subject(30, MINUTE).fail_closed()];
    const SIGNS: bool = true;
    const FAILS: &[Code] = &[Code::TokenInvalid];
    type Input = (Json<Refresh>, Device);
    type Output = Json<Tokens>;

    async fn handle(app: &App, _: Anyone, (Json(Refresh(presented)), device): Self::Input) -> Result<Self::Output> {
        let presented = presented.ok_or_else(|| refused(Reason::Malformed))?;
        for attempt in 0..TRIES {
            let mut session = session(app, &presented).await?;
            // Signed before the rotation, which costs the client its session if no tokens come of it.
            let access = match sign(app, &mut session).await? {
                Some(access) => access,
                None if attempt == 0 => continue,
                None => return Err(refused(Reason::SessionEpoch)),
            };
            if let Some(successor) = exchange(app, &session, &presented, &device).await? {
                return Ok(Json(access.with(&successor)));
            }
        }
        Err(store::Error::Unavailable("a session changed too often".to_owned()).into())
    }
}

/// The session that the token belongs to, if it is alive.
async fn session(app: &App, presented: &RefreshToken) -> Result<Session> {
    let now = app.clock.now();
    let session = app.sessions.get(presented.session_id(), now).await?;
    let session = session.ok_or_else(|| refused(Reason::SessionUnknown))?;
    match session.judge(presented, now) {
        Presented::Foreign => Err(refused(Reason::RefreshSecret)),
        _ if session.revoked => Err(refused(Reason::SessionRevoked)),
        Presented::Reused => {
            if app.sessions.revoke_reused(presented, now).await? {
                let (user, session) = (session.user_id, session.id);
                tracing::info!(event = "session_revoked", %user, %session, by = "refresh_reused");
            }
            Err(refused(Reason::RefreshReused))
        }
        _ => Ok(session),
    }
}

/// An access token with the roles that the session's user has now, whose epoch becomes the session's; `None` if they are
/// of different epochs, as they seem to be when a password change comes between the two reads.
async fn sign(app: &App, session: &mut Session) -> Result<Option<AccessToken>> {
    let account = app.users.credentials(session.user_id).await?.ok_or_else(|| refused(Reason::UserUnknown))?;
    match () {
        () if !account.is_active => Err(refused(Reason::UserInactive)),
        () if !account.epoch.admits(session.id, session.epoch) => Ok(None),
        () => {
            session.epoch = account.epoch.number;
            let subject = (session.user_id, session.id, account.roles());
            app.issuer()?.issue(subject, app.clock.now(), &*app.entropy).await.map(Some)
        }
    }
}

/// The presented token's successor; `None` if the session changed under our hands.
async fn exchange(
    app: &App,
    session: &Session,
    presented: &RefreshToken,
    device: &Device,
) -> Result<Option<RefreshToken>> {
    let now = app.clock.now();
    match session.judge(presented, now) {
        Presented::Replayed(successor) => Ok(Some(successor)),
        Presented::Current => {
            let salt = auth::random::<16>(&*app.entropy)?;
            let rotated = app.sessions.rotate(session, presented, &salt, device, now).await?;
            Ok(rotated.then(|| presented.successor(&salt)))
        }
        Presented::Reused | Presented::Foreign => Ok(None),
    }
}

fn refused(reason: Reason) -> Error {
    auth::Error::TokenInvalid(reason).into()
}

impl Body for Refresh {
    const HAS_SUBJECT: bool = true;

    fn read(members: &mut impl Members) -> Option<Self> {
        let text = members.text("refresh_token", "{sid}.{family}.{secret}")?;
        Some(Self(RefreshToken::parse(&text)))
    }

    fn subject(&self) -> Option<String> {
        self.0.as_ref().map(|token| token.session_id().to_string())
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<TokensRefresh>()
}
