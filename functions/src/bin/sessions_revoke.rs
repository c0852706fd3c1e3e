//! `DELETE /v1/auth/sessions/{session_id}`: users end one of their sessions.

use api::{Context, Endpoint, Error, Limit, MINUTE, NoContent, Path, Result, Route, delete, per_user};
use auth::{SessionId, SignedIn, User};
use identity::Sessions;

pub struct SessionsRevoke;

impl Endpoint for SessionsRevoke {
    const ROUTE: Route = delete("/v1/auth/sessions/{session_id}");
    type Access = SignedIn;
    const LIMITS: &[Limit] = &[per_user(60, MINUTE)];
    type Uses = (Sessions,);
    type Input = Path<SessionId>;
    type Output = NoContent;

    async fn handle(
        context: &Context,
        (sessions,): Self::Uses,
        user: User,
        Path(session): Self::Input,
    ) -> Result<Self::Output> {
        if !sessions.revoke_own(&user, session, context.clock().now()).await? {
            return Err(Error::NotFound);
        }
        tracing::info!(event = "session_revoked", user = %user.id(), %session);
        Ok(NoContent)
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<SessionsRevoke>()
}
