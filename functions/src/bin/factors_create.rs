//! `POST /v1/users/me/factors`: users add an authenticator app as second factor. The app waits 10 minutes to be confirmed. A
//! first factor takes a code that is mailed to the verified address, too.

use api::{Code, Context, Created, Endpoint, HOUR, Limit, Result, Route, per_user, post};
use auth::{Recent, RecentAuth, SignedIn, User};
use identity::{Enrolments, NewTotp, Users, codes};

pub struct FactorsCreate;

impl Endpoint for FactorsCreate {
    const ROUTE: Route = post("/v1/users/me/factors");
    type Access = Recent<SignedIn>;
    const LIMITS: &[Limit] = &[per_user(10, HOUR)];
    const ERRORS: &[Code] = &[codes::FACTOR_EXISTS, codes::EMAIL_NOT_VERIFIED];
    type Uses = (Users, Enrolments);
    type Input = ();
    type Output = Created<NewTotp>;

    async fn handle(
        context: &Context,
        (users, enrolments): Self::Uses,
        user: RecentAuth<User>,
        (): (),
    ) -> Result<Self::Output> {
        let account = users.me(user.caller()).await?;
        let body = enrolments.begin(&user, &account, context.clock().now()).await?;
        Ok(Created { location: format!("/v1/users/me/factors/{}", body.id), body })
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<FactorsCreate>()
}
