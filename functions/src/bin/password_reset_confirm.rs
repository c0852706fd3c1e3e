//! `POST /v1/auth/password-reset/confirm`: whoever was mailed the token sets a new password, which ends all sessions.

use api::{
    App, Body, Endpoint, Error, Json, Limit, MINUTE, Members, NoContent, Passwords, Result, Route, per_ip, post,
};
use auth::{Anyone, MailToken, Password, Public};
use store::ResetPassword;

pub struct PasswordResetConfirm;

/// `{"token": "...", "new_password": "..."}`
pub struct Confirmation {
    token: Option<MailToken>,
    new_password: Password,
}

impl Endpoint for PasswordResetConfirm {
    const ROUTE: Route = post("/v1/auth/password-reset/confirm");
    type Access = Public;
    const LIMITS: &[Limit] = &[per_ip(10, MINUTE).fail_closed()];
    const PASSWORDS: Passwords = Passwords::Chosen;
    type Input = Json<Confirmation>;
    type Output = NoContent;

    async fn handle(app: &App, _: Anyone, Json(confirmation): Self::Input) -> Result<Self::Output> {
        let redeemed = app.redeem::<ResetPassword>(confirmation.token.as_ref()).await?;
        let account = app.users.redeemer(&redeemed).await?.ok_or(Error::MailTokenInvalid)?;
        let new = app.hash_new_password(confirmation.new_password, &account, "new_password").await?;
        if !app.users.reset_password(&redeemed, &new).await? {
            return Err(Error::MailTokenInvalid);
        }
        tracing::info!(event = "password_changed", user = %redeemed.user_id(), by = "mail");
        Ok(NoContent)
    }
}

impl Body for Confirmation {
    fn read(members: &mut impl Members) -> Option<Self> {
        let token = members.text("token", "what the link has after #token=");
        let new_password = members.new_password("new_password");
        Some(Self { token: MailToken::parse(&token?), new_password: new_password? })
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<PasswordResetConfirm>()
}
