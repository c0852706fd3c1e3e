//! `GET /v1/users/me`: users look at their own account.

use api::{App, Code, Endpoint, Error, Json, Limit, Result, Route, get};
use auth::{SignedIn, User};
use store::OwnProfile;

pub struct UsersMe;

impl Endpoint for UsersMe {
    const ROUTE: Route = get("/v1/users/me");
    type Access = SignedIn;
    const LIMITS: &[Limit] = &[];
    const FAILS: &[Code] = &[Code::NotFound];
    type Input = ();
    type Output = Json<OwnProfile>;

    async fn handle(app: &App, user: User, (): ()) -> Result<Self::Output> {
        app.users.me(&user).await?.map(|account| Json(account.into())).ok_or(Error::NotFound)
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<UsersMe>()
}
