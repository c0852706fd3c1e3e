//! `PATCH /v1/products/{product_id}`: staff change the name or the price of a product.

use api::{
    Audit, Body, Context, Endpoint, Fields, IfMatch, Json, Limit, MINUTE, Path, Result, Route, Versioned, patch,
    per_user, recorded,
};
use auth::{Staff, StaffOnly};
use shop::{Price, Product, ProductChange, ProductId, ProductName, Products};

pub struct ProductsUpdate;

/// `{"name": "...", "price": "9.99"}`, at least one of the two.
pub struct Change(ProductChange);

impl Endpoint for ProductsUpdate {
    const ROUTE: Route = patch("/v1/products/{product_id}");
    type Access = StaffOnly;
    const LIMITS: &[Limit] = &[per_user(60, MINUTE)];
    type Uses = (Products, Audit);
    type Input = (Path<ProductId>, Json<Change>, IfMatch);
    type Output = Versioned<Json<Product>>;

    async fn handle(
        context: &Context,
        (products, audit): Self::Uses,
        staff: Staff,
        (Path(id), Json(Change(change)), if_match): Self::Input,
    ) -> Result<Self::Output> {
        let (act, by) = (audit.act(context, &staff), staff.user().id());
        let event = |outcome: Option<&str>| tracing::info!(event = "products_changed", product = %id, %by, outcome);
        let edited = recorded(products.update(&act, id, &change, &if_match), event).await?;
        Ok(Versioned(Json(edited.value)))
    }
}

impl Body for Change {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        let name = fields.optional("name", |field| ProductName::parse(&field.text()?));
        let price = fields.optional("price", |field| Price::parse(&field.decimal()?));
        fields.at_least_one_of(&["name", "price"]);
        Some(Self(ProductChange { name: name?, price: price? }))
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<ProductsUpdate>()
}
