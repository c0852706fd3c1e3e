//! `GET /v1/users/me/factors`: users see their second factors, and how many recovery codes are left.

use api::{Context, Endpoint, Json, Limit, MINUTE, Result, Route, get, per_user};
use auth::{SignedIn, User};
use identity::{FactorList, FactorLists, Users};

pub struct FactorsList;

impl Endpoint for FactorsList {
    const ROUTE: Route = get("/v1/users/me/factors");
    type Access = SignedIn;
    const LIMITS: &[Limit] = &[per_user(60, MINUTE)];
    const READ_AHEAD: bool = true;
    type Uses = (Users, FactorLists);
    type Input = ();
    type Output = Json<FactorList>;

    async fn handle(_: &Context, (users, factors): Self::Uses, user: User, (): ()) -> Result<Self::Output> {
        factors.list(&user, &users.me(&user).await?).await.map(Json)
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<FactorsList>()
}
