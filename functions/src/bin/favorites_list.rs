//! `GET /v1/products/favorites`: users list the products they like, newest favourite first.

use api::{App, Endpoint, Limit, Listed, Result, Route, get};
use auth::{SignedIn, User};
use store::{PageRequest, Product};

pub struct FavoritesList;

impl Endpoint for FavoritesList {
    const ROUTE: Route = get("/v1/products/favorites");
    type Access = SignedIn;
    const LIMITS: &[Limit] = &[];
    type Input = PageRequest;
    type Output = Listed<Product>;

    async fn handle(app: &App, user: User, page: PageRequest) -> Result<Self::Output> {
        Ok(Listed { page: app.favorites.list(&user, &page).await?, limit: page.limit })
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<FavoritesList>()
}
