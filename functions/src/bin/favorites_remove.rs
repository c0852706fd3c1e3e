//! `DELETE /v1/products/{product_id}/favorite`: users remove a product from their favourites. Removing the product
//! again changes nothing.

use api::{Context, Endpoint, Limit, MINUTE, NoContent, Path, Result, Route, delete, per_user};
use auth::{SignedIn, User};
use shop::{Favorites, ProductId};

pub struct FavoritesRemove;

impl Endpoint for FavoritesRemove {
    const ROUTE: Route = delete("/v1/products/{product_id}/favorite");
    type Access = SignedIn;
    const LIMITS: &[Limit] = &[per_user(60, MINUTE)];
    type Uses = (Favorites,);
    type Input = Option<Path<ProductId>>;
    type Output = NoContent;

    async fn handle(_: &Context, (favorites,): Self::Uses, user: User, product: Self::Input) -> Result<Self::Output> {
        if let Some(Path(id)) = product {
            favorites.remove(&user, id).await?;
        }
        Ok(NoContent)
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<FavoritesRemove>()
}
