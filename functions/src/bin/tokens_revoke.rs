//! `POST /v1/auth/token/revoke`: sign out with the refresh token (RFC 7009). Unknown tokens get the same response.

use api::{Body, Context, Endpoint, Fields, Json, Limit, MINUTE, NoContent, Result, Route, per_ip, post, recorded};
use auth::{Anyone, Public, RefreshToken};
use identity::Sessions;

pub struct TokensRevoke;

/// `{"refresh_token": "..."}`
pub struct Revoke(Option<RefreshToken>);

impl Endpoint for TokensRevoke {
    const ROUTE: Route = post("/v1/auth/token/revoke");
    type Access = Public;
    // A wrong refresh token gets the same response as the right one, so there is nothing to guess. The endpoint hashes no
    // password and sends no mail. A throttle would let a flood keep users from signing out.
    const LIMITS: &[Limit] = &[per_ip(120, MINUTE).fail_closed().without_throttle()];
    type Uses = (Sessions,);
    type Input = Json<Revoke>;
    type Output = NoContent;

    async fn handle(
        context: &Context,
        (sessions,): Self::Uses,
        _: Anyone,
        Json(Revoke(presented)): Self::Input,
    ) -> Result<Self::Output> {
        if let Some(presented) = presented {
            recorded(sessions.revoke(&presented, context.clock().now()), |outcome| {
                tracing::info!(event = "session_revoked", session = %presented.session_id(), outcome);
            })
            .await?;
        }
        Ok(NoContent)
    }
}

impl Body for Revoke {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        let text = fields.text("refresh_token", "{sid}.{family}.{secret}")?;
        Some(Self(RefreshToken::parse(&text)))
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<TokensRevoke>()
}
