//! `POST /v1/auth/password-reset/confirm`: users set a new password with a mailed token. All their sessions end.

use api::{Body, Context, Endpoint, Fields, Json, Limit, MINUTE, NoContent, Result, Route, per_ip, post};
use auth::{Anyone, MailToken, NewPassword, Public};
use identity::{Error, MailTokens, NewPasswords, PasswordFields, ResetPassword, Users};

pub struct PasswordResetConfirm;

/// `{"token": "...", "new_password": "..."}`
pub struct Confirmation {
    token: Option<MailToken>,
    new_password: NewPassword,
}

impl Endpoint for PasswordResetConfirm {
    const ROUTE: Route = post("/v1/auth/password-reset/confirm");
    type Access = Public;
    const LIMITS: &[Limit] = &[per_ip(10, MINUTE).fail_closed()];
    type Uses = (Users, MailTokens, NewPasswords);
    type Input = Json<Confirmation>;
    type Output = NoContent;

    async fn handle(
        context: &Context,
        (users, tokens, passwords): Self::Uses,
        _: Anyone,
        Json(confirmation): Self::Input,
    ) -> Result<Self::Output> {
        let now = context.clock().now();
        let redeemed = tokens.redeem::<ResetPassword>(confirmation.token.as_ref(), now).await?;
        let account = users.redeemer(&redeemed).await?.ok_or(Error::MailTokenInvalid)?;
        let new = passwords.check_and_hash(confirmation.new_password, &account, "new_password").await?;
        if !users.reset_password(&redeemed, &new).await? {
            return Err(Error::MailTokenInvalid.into());
        }
        tracing::info!(event = "password_changed", user = %redeemed.user_id(), by = "mail");
        Ok(NoContent)
    }
}

impl Body for Confirmation {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        let token = fields.text("token", "the token from the mailed link");
        let new_password = fields.new_password("new_password");
        Some(Self { token: MailToken::parse(&token?), new_password: new_password? })
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<PasswordResetConfirm>()
}
