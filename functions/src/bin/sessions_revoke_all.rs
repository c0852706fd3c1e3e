//! `DELETE /v1/auth/sessions`: users end all their sessions, including the current session.

use api::{Context, Endpoint, Limit, MINUTE, NoContent, Result, Route, delete, per_user, recorded};
use auth::{SignedIn, User};
use identity::Users;

pub struct SessionsRevokeAll;

impl Endpoint for SessionsRevokeAll {
    const ROUTE: Route = delete("/v1/auth/sessions");
    type Access = SignedIn;
    const LIMITS: &[Limit] = &[per_user(60, MINUTE)];
    type Uses = (Users,);
    type Input = ();
    type Output = NoContent;

    async fn handle(context: &Context, (users,): Self::Uses, user: User, (): ()) -> Result<Self::Output> {
        recorded(users.sign_out_everywhere(&user, context.clock().now()), |outcome| {
            tracing::info!(event = "session_revoked", user = %user.id(), session = "all", outcome);
        })
        .await?;
        Ok(NoContent)
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<SessionsRevokeAll>()
}
