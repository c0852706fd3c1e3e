//! `PATCH /v1/products/{product_id}`: staff change the name or the price of a product.

use api::{
    Body, Context, Endpoint, Error, Fields, Json, Limit, MINUTE, Path, Result, Route, patch, per_user, recorded,
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
    type Uses = (Products,);
    type Input = (Path<ProductId>, Json<Change>);
    type Output = Json<Product>;

    async fn handle(
        _: &Context,
        (products,): Self::Uses,
        staff: Staff,
        (Path(id), Json(Change(change))): Self::Input,
    ) -> Result<Self::Output> {
        let by = staff.user().id();
        let event = |outcome: Option<&str>| tracing::info!(event = "products_changed", product = %id, %by, outcome);
        recorded(products.update(&staff, id, &change), event).await?.map(Json).ok_or(Error::NotFound)
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
