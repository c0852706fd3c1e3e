//! `POST /v1/auth/token/refresh`: exchange a refresh token for new tokens. Each can be used once.

use api::{App, Body, Endpoint, Json, Limit, MINUTE, Members, Result, Route, Tokens, per_ip, per_subject, post};
use auth::{Anyone, Public, Reason, RefreshToken};
use jiff::Timestamp;
use store::Account;

pub struct TokensRefresh;

/// `{"refresh_token": "..."}`. One that can't be a token is refused like any other bad one, after the limits.
pub struct Refresh(Option<RefreshToken>);

impl Endpoint for TokensRefresh {
    const ROUTE: Route = post("/v1/auth/token/refresh");
    type Access = Public;
    const LIMITS: &[Limit] = &[per_ip(120, MINUTE).fail_closed(), per_subject(30, MINUTE).fail_closed()];
    const SIGNS: bool = true;
    type Input = Json<Refresh>;
    type Output = Json<Tokens>;

    async fn handle(app: &App, _: Anyone, Json(Refresh(presented)): Self::Input) -> Result<Self::Output> {
        let presented = presented.ok_or(refused(Reason::Malformed))?;
        let (now, entropy) = (app.clock.now(), &*app.entropy);
        let account = holder(app, &presented, now).await?;
        let salt = auth::random::<16>(entropy)?;
        let successor = presented.successor(&salt);
        let subject = (account.profile.id, presented.session_id(), account.roles());
        // Signed before the rotation, which costs the client its session if no tokens come of it.
        let tokens = app.issuer()?.issue(subject, &successor, now, entropy).await?;
        let rotated = app.sessions.rotate(&presented, &successor, &salt, now).await?;
        rotated.then_some(Json(tokens)).ok_or(refused(Reason::RefreshSecret).into())
    }
}

/// The account of whoever holds the current token of a session that is alive.
async fn holder(app: &App, presented: &RefreshToken, now: Timestamp) -> Result<Account> {
    let session = app.sessions.get(presented.session_id(), now).await?.ok_or(refused(Reason::SessionUnknown))?;
    let account = app.users.credentials(session.user_id).await?.ok_or(refused(Reason::UserUnknown))?;
    let wrong_token = session.family != presented.family_digest() || session.secret != presented.secret_digest();
    let reason = match () {
        () if wrong_token => Reason::RefreshSecret,
        () if session.revoked => Reason::SessionRevoked,
        () if !account.is_active => Reason::UserInactive,
        () if session.epoch != account.epoch => Reason::SessionEpoch,
        () => return Ok(account),
    };
    Err(refused(reason).into())
}

fn refused(reason: Reason) -> auth::Error {
    auth::Error::TokenInvalid(reason)
}

impl Body for Refresh {
    const HAS_SUBJECT: bool = true;

    fn read(members: &mut Members) -> Option<Self> {
        let text = members.required("refresh_token", |member| member.text())?;
        Some(Self(RefreshToken::parse(&text)))
    }

    fn subject(&self) -> Option<String> {
        self.0.as_ref().map(|token| token.session_id().to_string())
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<TokensRefresh>()
}
