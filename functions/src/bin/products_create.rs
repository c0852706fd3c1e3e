//! `POST /v1/products`: staff add a product to the catalogue.

use api::{App, Body, Created, Endpoint, Json, Limit, MINUTE, Members, Result, Route, per_user, post};
use auth::{Staff, StaffOnly};
use store::{Price, Product, ProductId, ProductName};

pub struct ProductsCreate;

/// `{"name": "...", "price": "9.99"}`
pub struct NewProduct {
    name: ProductName,
    price: Price,
}

impl Endpoint for ProductsCreate {
    const ROUTE: Route = post("/v1/products");
    type Access = StaffOnly;
    const LIMITS: &[Limit] = &[per_user(60, MINUTE)];
    type Input = Json<NewProduct>;
    type Output = Created<Product>;

    async fn handle(app: &App, staff: Staff, Json(new): Self::Input) -> Result<Self::Output> {
        let now = app.clock.now();
        let id = ProductId::new(now, &*app.entropy)?;
        let product = Product { id, name: new.name, price: new.price, created_at: now };
        app.products.insert(&staff, &product).await?;
        Ok(Created { location: format!("/v1/products/{id}"), body: product })
    }
}

impl Body for NewProduct {
    fn read(members: &mut impl Members) -> Option<Self> {
        let name = members.required("name", |member| ProductName::parse(&member.text()?));
        let price = members.required("price", |member| Price::parse(&member.decimal()?));
        Some(Self { name: name?, price: price? })
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<ProductsCreate>()
}
