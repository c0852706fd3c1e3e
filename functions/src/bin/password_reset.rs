//! `POST /v1/auth/password-reset`: anyone requests a link to set a new password. The response is the same whether or
//! not the address belongs to a user.

use api::{Accepted, Body, Context, Endpoint, Fields, Json, Limit, MINUTE, Queue, Result, Route, per_ip, post};
use auth::{Anyone, Public};
use identity::{Email, MailJob};

pub struct PasswordReset;

/// `{"email": "..."}`
pub struct ResetRequest {
    email: Email,
}

impl Endpoint for PasswordReset {
    const ROUTE: Route = post("/v1/auth/password-reset");
    type Access = Public;
    const LIMITS: &[Limit] = &[per_ip(10, MINUTE).fail_closed()];
    type Uses = (Queue<MailJob>,);
    type Input = Json<ResetRequest>;
    type Output = Accepted;

    async fn handle(
        context: &Context,
        (mails,): Self::Uses,
        _: Anyone,
        Json(request): Self::Input,
    ) -> Result<Self::Output> {
        let now = context.clock().now();
        let (email, asked_at) = (request.email.to_string(), now.as_millisecond());
        mails.send(&MailJob::ResetPassword { email, asked_at }, now).await?;
        Ok(Accepted { detail: "If a user has this address, a link is on its way." })
    }
}

impl Body for ResetRequest {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        let email = fields.required("email", |field| Email::parse(&field.text()?));
        Some(Self { email: email? })
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<PasswordReset>()
}
