//! `DELETE /v1/auth/sessions`: users sign out everywhere, here too.

use api::{App, Endpoint, Limit, MINUTE, NoContent, Result, Route, delete, per_user};
use auth::{SignedIn, User};

pub struct SessionsRevokeAll;

impl Endpoint for SessionsRevokeAll {
    const ROUTE: Route = delete("/v1/auth/sessions");
    type Access = SignedIn;
    const LIMITS: &[Limit] = &[per_user(60, MINUTE)];
    type Input = ();
    type Output = NoContent;

    async fn handle(app: &App, user: User, (): ()) -> Result<Self::Output> {
        app.users.sign_out_everywhere(&user).await?;
        tracing::info!(event = "session_revoked", user = %user.id(), session = "all");
        Ok(NoContent)
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<SessionsRevokeAll>()
}
