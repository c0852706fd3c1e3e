//! `DELETE /v1/products/{product_id}`: superusers take a product out of the catalogue.

use api::{App, Endpoint, Error, Limit, MINUTE, NoContent, Path, Result, Route, delete, per_user};
use auth::{Superuser, SuperuserOnly};
use store::ProductId;

pub struct ProductsDelete;

impl Endpoint for ProductsDelete {
    const ROUTE: Route = delete("/v1/products/{product_id}");
    type Access = SuperuserOnly;
    const LIMITS: &[Limit] = &[per_user(60, MINUTE)];
    type Input = Path<ProductId>;
    type Output = NoContent;

    async fn handle(app: &App, superuser: Superuser, Path(id): Self::Input) -> Result<Self::Output> {
        app.products.delete(&superuser, id).await?.then_some(NoContent).ok_or(Error::NotFound)
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<ProductsDelete>()
}
