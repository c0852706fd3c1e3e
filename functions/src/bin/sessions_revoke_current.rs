//! `DELETE /v1/auth/sessions/current`: users end the session of their access token.

use api::{Context, Endpoint, Limit, MINUTE, NoContent, Result, Route, delete, per_user, recorded};
use auth::{SignedIn, User};
use identity::Sessions;

pub struct SessionsRevokeCurrent;

impl Endpoint for SessionsRevokeCurrent {
    const ROUTE: Route = delete("/v1/auth/sessions/current");
    type Access = SignedIn;
    const LIMITS: &[Limit] = &[per_user(60, MINUTE)];
    type Uses = (Sessions,);
    type Input = ();
    type Output = NoContent;

    async fn handle(context: &Context, (sessions,): Self::Uses, user: User, (): ()) -> Result<Self::Output> {
        recorded(sessions.revoke_current(&user, context.clock().now()), |outcome| {
            let (user, session) = (user.id(), user.session_id());
            tracing::info!(event = "session_revoked", %user, %session, outcome);
        })
        .await?;
        Ok(NoContent)
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<SessionsRevokeCurrent>()
}
