//! `GET /v1/users/{user_id}`: staff look at any account.

use api::{App, Endpoint, Error, Json, Limit, Path, Result, Route, get};
use auth::{Staff, StaffOnly, UserId};
use store::ManagedProfile;

pub struct UsersGet;

impl Endpoint for UsersGet {
    const ROUTE: Route = get("/v1/users/{user_id}");
    type Access = StaffOnly;
    const LIMITS: &[Limit] = &[];
    type Input = Path<UserId>;
    type Output = Json<ManagedProfile>;

    async fn handle(app: &App, staff: Staff, Path(id): Self::Input) -> Result<Self::Output> {
        app.users.get(&staff, id).await?.map(|account| Json(account.into())).ok_or(Error::NotFound)
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<UsersGet>()
}
