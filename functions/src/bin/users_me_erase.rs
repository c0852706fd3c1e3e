//! `POST /v1/users/me/erase`: users erase their account. It is dead at once; a job removes what it leaves behind.

use api::{
    Accepted, App, Body, Code, Endpoint, Job, Json, Limit, MINUTE, Members, Passwords, QueueName, Result, Route,
};
use api::{per_ip, per_user, post};
use auth::{Password, Reason, SignedIn, User};

pub struct UsersMeErase;

/// `{"password": "..."}`
pub struct Erase {
    password: Password,
}

impl Endpoint for UsersMeErase {
    const ROUTE: Route = post("/v1/users/me/erase");
    type Access = SignedIn;
    const LIMITS: &[Limit] = &[per_ip(10, MINUTE).fail_closed(), per_user(5, MINUTE).fail_closed()];
    const PASSWORDS: Passwords = Passwords::Hashed;
    const QUEUES: &[QueueName] = &[QueueName::Erasure];
    const FAILS: &[Code] = &[Code::SuperuserAccount];
    type Input = Json<Erase>;
    type Output = Accepted;

    async fn handle(app: &App, user: User, Json(erase): Self::Input) -> Result<Self::Output> {
        let account = app.me(&user).await?;
        if account.profile.is_superuser {
            return Err(store::Error::SuperuserAccount.into());
        }
        let proof = app.verify_password(erase.password, &account, "password").await?;
        // Queued first: held back until this request is over, it finds the mark or has nothing to do.
        app.send(&Job::Erase { user_id: user.id() }).await?;
        if !app.users.begin_erasure(&user, &proof, &account.password_hash, app.clock.now()).await? {
            return Err(auth::Error::TokenInvalid(Reason::SessionEpoch).into());
        }
        tracing::info!(event = "erasure_began", user = %user.id());
        Ok(Accepted { detail: "The account is closed, and will be gone in a moment." })
    }
}

impl Body for Erase {
    fn read(members: &mut impl Members) -> Option<Self> {
        let password = members.password("password");
        Some(Self { password: password? })
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<UsersMeErase>()
}
