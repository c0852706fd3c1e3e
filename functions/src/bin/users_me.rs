//! `GET /v1/users/me`: users read their own account.

use api::{Context, Endpoint, Json, Limit, Result, Route, Versioned, get};
use auth::{SignedIn, User};
use identity::{OwnProfile, Users};

pub struct UsersMe;

impl Endpoint for UsersMe {
    const ROUTE: Route = get("/v1/users/me");
    type Access = SignedIn;
    const LIMITS: &[Limit] = &[];
    type Uses = (Users,);
    type Input = ();
    type Output = Versioned<Json<OwnProfile>>;

    async fn handle(_: &Context, (users,): Self::Uses, user: User, (): ()) -> Result<Self::Output> {
        Ok(Versioned(Json(users.me(&user).await?.into())))
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<UsersMe>()
}
