//! `POST /v1/users/me/password`: users change their password, which ends all their other sessions.

use api::{
    App, Body, Endpoint, Json, Limit, MINUTE, Members, NoContent, Passwords, Result, Route, per_ip, per_user, post,
};
use auth::{Password, Reason, SignedIn, User};

pub struct PasswordChange;

/// `{"current_password": "...", "new_password": "..."}`
pub struct Change {
    current_password: Password,
    new_password: Password,
}

impl Endpoint for PasswordChange {
    const ROUTE: Route = post("/v1/users/me/password");
    type Access = SignedIn;
    const LIMITS: &[Limit] = &[per_ip(10, MINUTE).fail_closed(), per_user(5, MINUTE).fail_closed()];
    const PASSWORDS: Passwords = Passwords::Chosen;
    type Input = Json<Change>;
    type Output = NoContent;

    async fn handle(app: &App, user: User, Json(change): Self::Input) -> Result<Self::Output> {
        let account = app.me(&user).await?;
        let proof = app.verify_password(change.current_password, &account, "current_password").await?;
        let new = app.hash_new_password(change.new_password, &account, "new_password").await?;
        if !app.users.change_password(&user, &proof, &account.password_hash, &new).await? {
            // Something ended all sessions, or changed the password, since the caller was admitted.
            return Err(auth::Error::TokenInvalid(Reason::SessionEpoch).into());
        }
        tracing::info!(event = "password_changed", user = %user.id(), by = "user");
        // The session is alive already. Only its owner's list of sessions leaves it out until this.
        if let Err(cause) = app.sessions.keep(&user).await {
            tracing::error!(event = "session_not_kept", user = %user.id(), session = %user.session_id(), %cause);
        }
        Ok(NoContent)
    }
}

impl Body for Change {
    fn read(members: &mut impl Members) -> Option<Self> {
        let current_password = members.password("current_password");
        let new_password = members.new_password("new_password");
        Some(Self { current_password: current_password?, new_password: new_password? })
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<PasswordChange>()
}
