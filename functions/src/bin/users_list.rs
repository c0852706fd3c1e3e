//! `GET /v1/users`: staff list all accounts.

use api::{Audit, Context, Endpoint, Limit, MINUTE, Page, PageRequest, Paged, Result, Route, get, per_user};
use auth::{Staff, StaffOnly};
use identity::{ManagedProfile, Users};

pub struct UsersList;

impl Endpoint for UsersList {
    const ROUTE: Route = get("/v1/users");
    type Access = StaffOnly;
    const LIMITS: &[Limit] = &[per_user(120, MINUTE)];
    type Uses = (Users, Audit);
    type Input = PageRequest;
    type Output = Paged<ManagedProfile>;

    async fn handle(
        context: &Context,
        (users, audit): Self::Uses,
        staff: Staff,
        page: PageRequest,
    ) -> Result<Self::Output> {
        let Page { items, next } = users.list(&audit.act(context, &staff), &page).await?;
        let items = items.into_iter().map(ManagedProfile::from).collect();
        Ok(Paged { page: Page { items, next }, limit: page.limit })
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<UsersList>()
}
