//! `GET /v1/users/{user_id}`: staff read any account.

use api::{Context, Endpoint, Error, Json, Limit, Path, Result, Route, get};
use auth::{Staff, StaffOnly, UserId};
use identity::{ManagedProfile, Users};

pub struct UsersGet;

impl Endpoint for UsersGet {
    const ROUTE: Route = get("/v1/users/{user_id}");
    type Access = StaffOnly;
    const LIMITS: &[Limit] = &[];
    type Uses = (Users,);
    type Input = Path<UserId>;
    type Output = Json<ManagedProfile>;

    async fn handle(_: &Context, (users,): Self::Uses, staff: Staff, Path(id): Self::Input) -> Result<Self::Output> {
        users.get(&staff, id).await?.map(|account| Json(account.into())).ok_or(Error::NotFound)
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<UsersGet>()
}
