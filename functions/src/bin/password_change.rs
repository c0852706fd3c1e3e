//! `POST /v1/users/me/password`: users change their password. All their other sessions end.

use api::{Body, Context, Endpoint, Fields, Json, Limit, MINUTE, NoContent, Result, Route, per_user, post};
use auth::{NewPassword, Password, Reason, SignedIn, User};
use identity::{NewPasswords, PasswordFields, Passwords, Sessions, Users};

pub struct PasswordChange;

/// `{"current_password": "...", "new_password": "..."}`
pub struct Change {
    current_password: Password,
    new_password: NewPassword,
}

impl Endpoint for PasswordChange {
    const ROUTE: Route = post("/v1/users/me/password");
    type Access = SignedIn;
    const LIMITS: &[Limit] = &[per_user(5, MINUTE).fail_closed()];
    type Uses = (Users, Sessions, Passwords, NewPasswords);
    type Input = Json<Change>;
    type Output = NoContent;

    async fn handle(
        _: &Context,
        (users, sessions, passwords, new_passwords): Self::Uses,
        user: User,
        Json(change): Self::Input,
    ) -> Result<Self::Output> {
        let account = users.me(&user).await?;
        let proof = passwords.verify(&user, change.current_password, &account, "current_password").await?;
        let new = new_passwords.check_and_hash(change.new_password, &account, "new_password").await?;
        if !users.change_password(&user, &proof, &account.password_hash, &new).await? {
            // Another request ended all sessions or changed the password after the caller was admitted.
            return Err(auth::Error::TokenInvalid(Reason::SessionEpoch).into());
        }
        tracing::info!(event = "password_changed", user = %user.id(), by = "user");
        // A failure does no harm: the session is valid already, and only missing from the list of sessions.
        if let Err(cause) = sessions.keep(&user).await {
            tracing::error!(event = "session_not_kept", user = %user.id(), session = %user.session_id(), %cause);
        }
        Ok(NoContent)
    }
}

impl Body for Change {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        let current_password = fields.password("current_password");
        let new_password = fields.new_password("new_password");
        Some(Self { current_password: current_password?, new_password: new_password? })
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<PasswordChange>()
}
