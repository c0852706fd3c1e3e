//! `DELETE /v1/products/{product_id}`: superusers delete a product. Deleting a product that is
//! gone changes nothing.

use api::{
    Audit, Context, Endpoint, IfMatch, Limit, MINUTE, NoContent, Path, Result, Route, delete, per_user, recorded,
};
use auth::{Superuser, SuperuserOnly};
use shop::{ProductId, Products};

pub struct ProductsDelete;

impl Endpoint for ProductsDelete {
    const ROUTE: Route = delete("/v1/products/{product_id}");
    type Access = SuperuserOnly;
    const LIMITS: &[Limit] = &[per_user(60, MINUTE)];
    type Uses = (Products, Audit);
    type Input = (Option<Path<ProductId>>, IfMatch);
    type Output = NoContent;

    async fn handle(
        context: &Context,
        (products, audit): Self::Uses,
        superuser: Superuser,
        (product, if_match): Self::Input,
    ) -> Result<Self::Output> {
        if let Some(Path(id)) = product {
            let (act, by) = (audit.act(context, &superuser), superuser.user().id());
            let event = |outcome: Option<&str>| tracing::info!(event = "products_deleted", product = %id, %by, outcome);
            recorded(products.delete(&act, id, &if_match), event).await?;
        }
        Ok(NoContent)
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<ProductsDelete>()
}
