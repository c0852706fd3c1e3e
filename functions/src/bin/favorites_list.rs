//! `GET /v1/products/favorites`: users list their favourite products, newest favourite first.

use api::{Context, Endpoint, Limit, MINUTE, PageRequest, Paged, Result, Route, get, per_user};
use auth::{SignedIn, User};
use shop::{Favorites, Product};

pub struct FavoritesList;

impl Endpoint for FavoritesList {
    const ROUTE: Route = get("/v1/products/favorites");
    type Access = SignedIn;
    const LIMITS: &[Limit] = &[per_user(60, MINUTE)];
    const READ_AHEAD: bool = true;
    type Uses = (Favorites,);
    type Input = PageRequest;
    type Output = Paged<Product>;

    async fn handle(_: &Context, (favorites,): Self::Uses, user: User, page: PageRequest) -> Result<Self::Output> {
        Ok(Paged { page: favorites.list(&user, &page).await?, limit: page.limit })
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<FavoritesList>()
}
