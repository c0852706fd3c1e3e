//! `POST /v1/users/me/recovery-codes`: users with a second factor make ten new recovery codes, which are shown once. The old
//! ones are void.

use api::{Code, Context, Created, Endpoint, HOUR, Limit, Result, Route, per_user, post};
use auth::{Recent, RecentAuth, SignedIn, User};
use identity::{Factors, RecoveryCodes, Users, codes};

pub struct RecoveryCodesCreate;

impl Endpoint for RecoveryCodesCreate {
    const ROUTE: Route = post("/v1/users/me/recovery-codes");
    type Access = Recent<SignedIn>;
    const LIMITS: &[Limit] = &[per_user(10, HOUR)];
    const ERRORS: &[Code] = &[codes::NO_FACTOR];
    type Uses = (Users, Factors);
    type Input = ();
    type Output = Created<RecoveryCodes>;

    async fn handle(
        context: &Context,
        (users, factors): Self::Uses,
        user: RecentAuth<User>,
        (): (),
    ) -> Result<Self::Output> {
        let account = users.me(user.caller()).await?;
        let body = factors.renew_codes(&user, &account, context.clock().now()).await?;
        // The codes are shown once: the list shows how many are left.
        Ok(Created { location: "/v1/users/me/factors".to_owned(), body })
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<RecoveryCodesCreate>()
}
