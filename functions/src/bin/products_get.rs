//! `GET /v1/products/{product_id}`: anyone reads one product.

use api::{Context, Endpoint, Error, Json, Limit, Path, Result, Route, Versioned, get};
use auth::{Anyone, Public};
use shop::{Product, ProductId, Products};

pub struct ProductsGet;

impl Endpoint for ProductsGet {
    const ROUTE: Route = get("/v1/products/{product_id}");
    type Access = Public;
    const LIMITS: &[Limit] = &[];
    const CACHE_CONTROL: &str = "no-cache";
    type Uses = (Products,);
    type Input = Path<ProductId>;
    type Output = Versioned<Json<Product>>;

    async fn handle(_: &Context, (products,): Self::Uses, _: Anyone, Path(id): Self::Input) -> Result<Self::Output> {
        products.get(id).await?.map(Json).map(Versioned).ok_or(Error::NotFound)
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<ProductsGet>()
}
