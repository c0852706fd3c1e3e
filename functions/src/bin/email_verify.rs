//! `POST /v1/auth/verify-email`: users verify their email address with a mailed token.

use api::{Body, Context, Endpoint, Fields, Json, Limit, MINUTE, NoContent, Result, Route, per_ip, post, recorded};
use auth::{Anyone, MailToken, Public};
use identity::{MailTokens, Users, VerifyEmail};

pub struct EmailVerify;

/// `{"token": "..."}`
pub struct Verification(Option<MailToken>);

impl Endpoint for EmailVerify {
    const ROUTE: Route = post("/v1/auth/verify-email");
    type Access = Public;
    const LIMITS: &[Limit] = &[per_ip(10, MINUTE).fail_closed()];
    type Uses = (Users, MailTokens);
    type Input = Json<Verification>;
    type Output = NoContent;

    async fn handle(
        context: &Context,
        (users, tokens): Self::Uses,
        _: Anyone,
        Json(Verification(token)): Self::Input,
    ) -> Result<Self::Output> {
        let now = context.clock().now();
        let redeemed = tokens.redeem::<VerifyEmail>(token.as_ref(), now).await?;
        recorded(users.verify_email(&redeemed, now), |outcome| {
            tracing::info!(event = "email_verified", user = %redeemed.user_id(), outcome);
        })
        .await?;
        Ok(NoContent)
    }
}

impl Body for Verification {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        let text = fields.text("token", "the token from the mailed link")?;
        Some(Self(MailToken::parse(&text)))
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<EmailVerify>()
}
