//! `POST /v1/products`: staff add a product.

use api::{
    Answer, Audit, Body, Context, Created, Endpoint, Fields, Idempotency, IdempotencyKey, Json, Limit, MINUTE, Result,
    Route, Versioned, per_user, post, recorded,
};
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
    type Uses = (Products, Audit, Idempotency);
    type Input = (Json<NewProduct>, IdempotencyKey);
    type Output = Answer<Versioned<Created<Product>>>;

    async fn handle(
        context: &Context,
        (products, audit, idempotency): Self::Uses,
        staff: Staff,
        (Json(new), key): Self::Input,
    ) -> Result<Self::Output> {
        let now = context.clock().now();
        let id = ProductId::new(now, &**context.entropy())?;
        let body = Product { id, name: new.name, price: new.price, created_at: now, version: 0 };
        let created = Versioned(Created { location: format!("/v1/products/{id}"), body });
        let once = idempotency.once(context, &staff, Self::ROUTE, key, &created)?;
        let (act, by) = (audit.act(context, &staff), staff.user().id());
        let event = |outcome: Option<&str>| tracing::info!(event = "products_created", product = %id, %by, outcome);
        let done = recorded(products.insert(&act, &created.0.body, Some(&once)), event).await?;
        once.answer(done, created).await
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
