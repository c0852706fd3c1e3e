//! `DELETE /v1/products/{product_id}`: superusers delete a product.

use api::{Context, Endpoint, Error, Limit, MINUTE, NoContent, Path, Result, Route, delete, per_user};
use auth::{Superuser, SuperuserOnly};
use shop::{ProductId, Products};

pub struct ProductsDelete;

impl Endpoint for ProductsDelete {
    const ROUTE: Route = delete("/v1/products/{product_id}");
    type Access = SuperuserOnly;
    const LIMITS: &[Limit] = &[per_user(60, MINUTE)];
    type Uses = (Products,);
    type Input = Path<ProductId>;
    type Output = NoContent;

    async fn handle(
        _: &Context,
        (products,): Self::Uses,
        superuser: Superuser,
        Path(id): Self::Input,
    ) -> Result<Self::Output> {
        products.delete(&superuser, id).await?.then_some(NoContent).ok_or(Error::NotFound)
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<ProductsDelete>()
}
