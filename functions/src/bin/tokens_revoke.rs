//! `POST /v1/auth/token/revoke`: sign out. Having the refresh token is the proof (RFC 7009), and the answer never
//! tells whether it was one.

use api::{App, Body, Endpoint, Json, Limit, MINUTE, Members, NoContent, Result, Route, per_ip, post};
use auth::{Anyone, Public, RefreshToken};

pub struct TokensRevoke;

/// `{"refresh_token": "..."}`
pub struct Revoke(Option<RefreshToken>);

impl Endpoint for TokensRevoke {
    const ROUTE: Route = post("/v1/auth/token/revoke");
    type Access = Public;
    const LIMITS: &[Limit] = &[per_ip(120, MINUTE).fail_closed()];
    type Input = Json<Revoke>;
    type Output = NoContent;

    async fn handle(app: &App, _: Anyone, Json(Revoke(presented)): Self::Input) -> Result<Self::Output> {
        if let Some(presented) = presented
            && app.sessions.revoke(&presented, app.clock.now()).await?
        {
            tracing::info!(event = "session_revoked", session = %presented.session_id());
        }
        Ok(NoContent)
    }
}

impl Body for Revoke {
    fn read(members: &mut impl Members) -> Option<Self> {
        let text = members.text("refresh_token", "{sid}.{family}.{secret}")?;
        Some(Self(RefreshToken::parse(&text)))
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<TokensRevoke>()
}
