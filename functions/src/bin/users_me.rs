//! `GET /v1/users/me`: users look at their own account.

use api::{App, Endpoint, Json, Limit, Result, Route, get};
use auth::{SignedIn, User};
use store::OwnProfile;

pub struct UsersMe;

impl Endpoint for UsersMe {
    const ROUTE: Route = get("/v1/users/me");
    type Access = SignedIn;
    const LIMITS: &[Limit] = &[];
    type Input = ();
    type Output = Json<OwnProfile>;

    async fn handle(app: &App, user: User, (): ()) -> Result<Self::Output> {
        Ok(Json(app.me(&user).await?.into()))
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<UsersMe>()
}
