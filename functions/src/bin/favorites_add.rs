//! `PUT /v1/products/{product_id}/favorite`: users add a product to their favourites. Adding the product again changes
//! nothing.

use api::{Context, Endpoint, Error, Limit, MINUTE, NoContent, Path, Result, Route, per_user, put};
use auth::{SignedIn, User};
use shop::{Favorites, ProductId, Products};

pub struct FavoritesAdd;

impl Endpoint for FavoritesAdd {
    const ROUTE: Route = put("/v1/products/{product_id}/favorite");
    type Access = SignedIn;
    const LIMITS: &[Limit] = &[per_user(60, MINUTE)];
    type Uses = (Products, Favorites);
    type Input = Path<ProductId>;
    type Output = NoContent;

    async fn handle(
        context: &Context,
        (products, favorites): Self::Uses,
        user: User,
        Path(id): Self::Input,
    ) -> Result<Self::Output> {
        products.get(id).await?.ok_or(Error::NotFound)?;
        favorites.add(&user, id, context.clock().now()).await?;
        Ok(NoContent)
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<FavoritesAdd>()
}
