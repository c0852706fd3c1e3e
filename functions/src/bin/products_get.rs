//! `GET /v1/products/{product_id}`: anyone looks at one product.

use api::{App, Endpoint, Error, Json, Limit, Path, Result, Route, get};
use auth::{Anyone, Public};
use store::{Product, ProductId};

pub struct ProductsGet;

impl Endpoint for ProductsGet {
    const ROUTE: Route = get("/v1/products/{product_id}");
    type Access = Public;
    const LIMITS: &[Limit] = &[];
    const CACHE_CONTROL: &str = "no-cache";
    type Input = Path<ProductId>;
    type Output = Json<Product>;

    async fn handle(app: &App, _: Anyone, Path(id): Self::Input) -> Result<Self::Output> {
        app.products.get(id).await?.map(Json).ok_or(Error::NotFound)
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<ProductsGet>()
}
