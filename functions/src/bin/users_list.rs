//! `GET /v1/users`: staff list all accounts.

use api::{App, Endpoint, Limit, Listed, Result, Route, get};
use auth::{Staff, StaffOnly};
use store::{ManagedProfile, Page, PageRequest};

pub struct UsersList;

impl Endpoint for UsersList {
    const ROUTE: Route = get("/v1/users");
    type Access = StaffOnly;
    const LIMITS: &[Limit] = &[];
    type Input = PageRequest;
    type Output = Listed<ManagedProfile>;

    async fn handle(app: &App, staff: Staff, page: PageRequest) -> Result<Self::Output> {
        let Page { items, next } = app.users.list(&staff, &page).await?;
        let items = items.into_iter().map(ManagedProfile::from).collect();
        Ok(Listed { page: Page { items, next }, limit: page.limit })
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<UsersList>()
}
