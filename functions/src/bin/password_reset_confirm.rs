//! `POST /v1/auth/password-reset/confirm`: users set a new password with a mailed token. All their sessions end.

use api::{Body, Context, Endpoint, Fields, Json, Limit, MINUTE, NoContent, Result, Route, per_ip, post, recorded};
use auth::{Anyone, MailToken, NewPassword, Public};
use futures_util::future::join;
use identity::{Error, MailTokens, NewPasswords, Notice, Notices, PasswordFields, Redeemer, ResetPassword, Users};

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
    type Uses = (Users, MailTokens, NewPasswords, Notices);
    type Input = Json<Confirmation>;
    type Output = NoContent;

    async fn handle(
        context: &Context,
        (users, tokens, passwords, notices): Self::Uses,
        _: Anyone,
        Json(confirmation): Self::Input,
    ) -> Result<Self::Output> {
        let now = context.clock().now();
        let redeemed = tokens.redeem::<ResetPassword>(confirmation.token.as_ref(), now).await?;
        let account = match users.redeemer(&redeemed, now).await?.ok_or(Error::MailTokenInvalid)? {
            Redeemer::Current(account) => account,
            // The client sends the confirmation again, because it got no response.
            Redeemer::Used(account) if passwords.is_current(&confirmation.new_password, &account).await? => {
                return Ok(NoContent);
            }
            Redeemer::Used(_) => return Err(Error::MailTokenInvalid.into()),
        };
        let new = passwords.check_and_hash(confirmation.new_password, &account, "new_password").await?;
        let event = |outcome: Option<&str>| {
            tracing::info!(event = "password_changed", user = %redeemed.user_id(), by = "mail", outcome);
        };
        let notice = Notice::PasswordReset { at: now.as_millisecond() };
        let write = recorded(users.reset_password(&redeemed, &new, now), event);
        let (written, ()) = join(write, notices.tell(&account, notice, now)).await;
        if !written? {
            return Err(Error::MailTokenInvalid.into());
        }
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
