//! `POST /v1/products`: staff add a product.

use api::{Body, Context, Created, Endpoint, Fields, Json, Limit, MINUTE, Result, Route, per_user, post, recorded};
use auth::{Staff, StaffOnly};
use shop::{Price, Product, ProductId, ProductName, Products};

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
    type Uses = (Products,);
    type Input = Json<NewProduct>;
    type Output = Created<Product>;

    async fn handle(
        context: &Context,
        (products,): Self::Uses,
        staff: Staff,
        Json(new): Self::Input,
    ) -> Result<Self::Output> {
        let now = context.clock().now();
        let id = ProductId::new(now, &**context.entropy())?;
        let product = Product { id, name: new.name, price: new.price, created_at: now };
        let by = staff.user().id();
        let event = |outcome: Option<&str>| tracing::info!(event = "products_created", product = %id, %by, outcome);
        recorded(products.insert(&staff, &product), event).await?;
        Ok(Created { location: format!("/v1/products/{id}"), body: product })
    }
}

impl Body for NewProduct {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        let name = fields.required("name", |field| ProductName::parse(&field.text()?));
        let price = fields.required("price", |field| Price::parse(&field.decimal()?));
        Some(Self { name: name?, price: price? })
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<ProductsCreate>()
}
