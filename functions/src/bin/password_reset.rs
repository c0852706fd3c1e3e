//! `POST /v1/auth/password-reset`: anyone asks for a link to set a new password. The answer and the work are the same
//! whether or not the address is a user's: only the function that writes mails looks it up.

use api::{Accepted, App, Body, Endpoint, Job, Json, Limit, MINUTE, Members, QueueName, Result, Route, per_ip, post};
use auth::{Anyone, Public};
use store::Email;

pub struct PasswordReset;

/// `{"email": "..."}`
pub struct Wish {
    email: Email,
}

impl Endpoint for PasswordReset {
    const ROUTE: Route = post("/v1/auth/password-reset");
    type Access = Public;
    const LIMITS: &[Limit] = &[per_ip(10, MINUTE).fail_closed()];
    const QUEUES: &[QueueName] = &[QueueName::Mail];
    type Input = Json<Wish>;
    type Output = Accepted;

    async fn handle(app: &App, _: Anyone, Json(wish): Self::Input) -> Result<Self::Output> {
        let (email, asked_at) = (wish.email.to_string(), app.clock.now().as_millisecond());
        app.send(&Job::ResetPassword { email, asked_at }).await?;
        Ok(Accepted { detail: "If the address is a user's, a link is on its way." })
    }
}

impl Body for Wish {
    fn read(members: &mut impl Members) -> Option<Self> {
        let email = members.required("email", |member| Email::parse(&member.text()?));
        Some(Self { email: email? })
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<PasswordReset>()
}
