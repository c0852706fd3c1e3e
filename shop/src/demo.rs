//! Demo products, for local work.

use api::{Audit, Context, PageRequest, Permit};
use operator::Operator;

use crate::price::Price;
use crate::products::{Product, ProductId, ProductName, Products};

const PRODUCTS: [(&str, &str); 3] = [("Espresso machine", "249.00"), ("Coffee grinder", "89.90"), ("Cup", "7.50")];

/// Creates the demo products, unless products exist.
///
/// # Errors
/// When the products can't be stored.
pub async fn seed(context: &Context, operator: &Operator) -> api::Result<()> {
    let (products, audit): (Products, Audit) = context.part(&Permit::for_operator(operator))?;
    if !products.newest(&PageRequest { limit: 1, cursor: None }).await?.items.is_empty() {
        return Ok(());
    }
    let invalid = |message: &str| api::Error::Internal(format!("demo data: {message}"));
    for (name, price) in PRODUCTS {
        let now = context.clock().now();
        let id = ProductId::new(now, &**context.entropy())?;
        let (name, price) = (ProductName::parse(name).map_err(invalid)?, Price::parse(price).map_err(invalid)?);
        let product = Product { id, name, price, created_at: now, version: 0 };
        products.insert(&audit.act(context, operator), &product, None).await?;
    }
    Ok(())
}
