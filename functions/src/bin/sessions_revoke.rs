//! `DELETE /v1/auth/sessions/{session_id}`: users end one of their sessions. Ending a session that
//! has ended changes nothing.

use api::{Context, Endpoint, Limit, MINUTE, NoContent, Path, Result, Route, delete, per_user, recorded};
use auth::{Recent, RecentAuth, SessionId, SignedIn, User};
use identity::Sessions;

pub struct SessionsRevoke;

impl Endpoint for SessionsRevoke {
    const ROUTE: Route = delete("/v1/auth/sessions/{session_id}");
    type Access = Recent<SignedIn>;
    const LIMITS: &[Limit] = &[per_user(60, MINUTE)];
    type Uses = (Sessions,);
    type Input = Option<Path<SessionId>>;
    type Output = NoContent;

    async fn handle(
        context: &Context,
        (sessions,): Self::Uses,
        user: RecentAuth<User>,
        session: Self::Input,
    ) -> Result<Self::Output> {
        let Some(Path(session)) = session else { return Ok(NoContent) };
        recorded(sessions.revoke_own(&user, session, context.clock().now()), |outcome| {
            tracing::info!(event = "session_revoked", user = %user.caller().id(), %session, outcome);
        })
        .await?;
        Ok(NoContent)
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<SessionsRevoke>()
}
