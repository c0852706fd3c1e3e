//! `DELETE /v1/products/{product_id}/favorite`: users drop a product from their favourites. Idempotent.

use api::{App, Endpoint, Limit, MINUTE, NoContent, Path, Result, Route, delete, per_user};
use auth::{SignedIn, User};
use store::ProductId;

pub struct FavoritesRemove;

impl Endpoint for FavoritesRemove {
    const ROUTE: Route = delete("/v1/products/{product_id}/favorite");
    type Access = SignedIn;
    const LIMITS: &[Limit] = &[per_user(60, MINUTE)];
    type Input = Path<ProductId>;
    type Output = NoContent;

    async fn handle(app: &App, user: User, Path(id): Self::Input) -> Result<Self::Output> {
        app.favorites.remove(&user, id).await?;
        Ok(NoContent)
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<FavoritesRemove>()
}
