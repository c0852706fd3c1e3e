//! `POST /v1/users/me/erase`: users erase their account. The account is closed at once. A job deletes its data.
//! An account with a second factor requires a recent authentication, too.

use api::{Accepted, Body, Code, Context, Endpoint, Fields, Json, Limit, Queue, Result, Route, post, recorded};
use auth::{Password, Reason, SignedIn, User};
use futures_util::future::join;
use identity::{ErasureJob, Error, Notice, Notices, OWN_PASSWORD_LIMIT, OwnPassword, PasswordFields, Users, codes};

pub struct UsersMeErase;

/// `{"password": "..."}`
pub struct Erase {
    password: Password,
}

impl Endpoint for UsersMeErase {
    const ROUTE: Route = post("/v1/users/me/erase");
    type Access = SignedIn;
    const LIMITS: &[Limit] = &[OWN_PASSWORD_LIMIT];
    const ERRORS: &[Code] = &[codes::SUPERUSER_ACCOUNT, api::codes::REAUTHENTICATION_REQUIRED];
    type Uses = (Users, OwnPassword, Queue<ErasureJob>, Notices);
    type Input = Json<Erase>;
    type Output = Accepted;

    async fn handle(
        context: &Context,
        (users, password, erasures, notices): Self::Uses,
        user: User,
        Json(erase): Self::Input,
    ) -> Result<Self::Output> {
        let now = context.clock().now();
        let account = users.me(&user).await?;
        if account.profile.is_superuser {
            return Err(Error::SuperuserAccount.into());
        }
        let proof = password.verify(&user, erase.password, &account, "password").await?;
        // The job is queued before the account is marked, so that every mark has a job. The queue delays the job until
        // this request is over. Without a mark, the job does nothing.
        erasures.send(&ErasureJob::Erase { user_id: user.id() }, now).await?;
        let write = users.begin_erasure(&user, &proof, &account.password_hash, now);
        let event = |outcome: Option<&str>| tracing::info!(event = "erasure_began", user = %user.id(), outcome);
        let notice = notices.tell(&account, Notice::AccountClosed, now);
        let (marked, ()) = join(recorded(write, event), notice).await;
        if !marked? {
            return Err(auth::Error::TokenInvalid(Reason::SessionEpoch).into());
        }
        Ok(Accepted { detail: "The account is closed, and its data will be deleted in a moment." })
    }
}

impl Body for Erase {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        let password = fields.password("password");
        Some(Self { password: password? })
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<UsersMeErase>()
}
