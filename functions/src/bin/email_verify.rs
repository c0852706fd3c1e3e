//! `POST /v1/auth/verify-email`: whoever was mailed the token shows that the mailbox is read.

use api::{App, Body, Endpoint, Error, Json, Limit, MINUTE, Members, NoContent, Result, Route, per_ip, post};
use auth::{Anyone, MailToken, Public};
use store::VerifyEmail;

pub struct EmailVerify;

/// `{"token": "..."}`
pub struct Verification(Option<MailToken>);

impl Endpoint for EmailVerify {
    const ROUTE: Route = post("/v1/auth/verify-email");
    type Access = Public;
    const LIMITS: &[Limit] = &[per_ip(10, MINUTE).fail_closed()];
    type Input = Json<Verification>;
    type Output = NoContent;

    async fn handle(app: &App, _: Anyone, Json(Verification(token)): Self::Input) -> Result<Self::Output> {
        let redeemed = app.redeem::<VerifyEmail>(token.as_ref()).await?;
        if !app.users.verify_email(&redeemed, &*app.entropy).await? {
            return Err(Error::MailTokenInvalid);
        }
        tracing::info!(event = "email_verified", user = %redeemed.user_id());
        Ok(NoContent)
    }
}

impl Body for Verification {
    fn read(members: &mut impl Members) -> Option<Self> {
        let text = members.text("token", "what the link has after #token=")?;
        Some(Self(MailToken::parse(&text)))
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<EmailVerify>()
}
