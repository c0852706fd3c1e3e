//! `GET /v1/users/{user_id}`: staff read any account.

use api::{Audit, Context, Endpoint, Error, Json, Limit, Path, Result, Route, get};
use auth::{Staff, StaffOnly, UserId};
use identity::{ManagedProfile, Users};

pub struct UsersGet;

impl Endpoint for UsersGet {
    const ROUTE: Route = get("/v1/users/{user_id}");
    type Access = StaffOnly;
    const LIMITS: &[Limit] = &[];
    type Uses = (Users, Audit);
    type Input = Path<UserId>;
    type Output = Json<ManagedProfile>;

    async fn handle(
        context: &Context,
        (users, audit): Self::Uses,
        staff: Staff,
        Path(id): Self::Input,
    ) -> Result<Self::Output> {
        users.get(&audit.act(context, &staff), id).await?.map(|account| Json(account.into())).ok_or(Error::NotFound)
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<UsersGet>()
}
