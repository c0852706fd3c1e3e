//! `PUT /v1/products/{product_id}/favorite`: users add a product to their favourites. Idempotent.

use api::{App, Endpoint, Error, Limit, MINUTE, NoContent, Path, Result, Route, per_user, put};
use auth::{SignedIn, User};
use store::ProductId;

pub struct FavoritesAdd;

impl Endpoint for FavoritesAdd {
    const ROUTE: Route = put("/v1/products/{product_id}/favorite");
    type Access = SignedIn;
    const LIMITS: &[Limit] = &[per_user(60, MINUTE)];
    type Input = Path<ProductId>;
    type Output = NoContent;

    async fn handle(app: &App, user: User, Path(id): Self::Input) -> Result<Self::Output> {
        app.products.get(id).await?.ok_or(Error::NotFound)?;
        app.favorites.add(&user, id, app.clock.now()).await?;
        Ok(NoContent)
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<FavoritesAdd>()
}
