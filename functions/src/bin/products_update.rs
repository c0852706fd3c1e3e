//! `PATCH /v1/products/{product_id}`: staff change a product's name, price, or both.

use api::{App, Body, Endpoint, Error, Json, Limit, MINUTE, Members, Path, Result, Route, patch, per_user};
use auth::{Staff, StaffOnly};
use store::{Price, Product, ProductChange, ProductId, ProductName};

pub struct ProductsUpdate;

/// `{"name": "...", "price": "9.99"}`, at least one of them.
pub struct Change(ProductChange);

impl Endpoint for ProductsUpdate {
    const ROUTE: Route = patch("/v1/products/{product_id}");
    type Access = StaffOnly;
    const LIMITS: &[Limit] = &[per_user(60, MINUTE)];
    type Input = (Path<ProductId>, Json<Change>);
    type Output = Json<Product>;

    async fn handle(app: &App, staff: Staff, (Path(id), Json(Change(change))): Self::Input) -> Result<Self::Output> {
        app.products.update(&staff, id, &change).await?.map(Json).ok_or(Error::NotFound)
    }
}

impl Body for Change {
    fn read(members: &mut impl Members) -> Option<Self> {
        let name = members.optional("name", |member| ProductName::parse(&member.text()?));
        let price = members.optional("price", |member| Price::parse(&member.decimal()?));
        members.at_least_one_of(&["name", "price"]);
        Some(Self(ProductChange { name: name?, price: price? }))
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<ProductsUpdate>()
}
