//! `GET /v1/products`: anyone lists the products, newest first.

use api::{Context, Endpoint, Limit, PageRequest, Paged, Result, Route, get};
use auth::{Anyone, Public};
use shop::{Product, Products};

pub struct ProductsList;

impl Endpoint for ProductsList {
    const ROUTE: Route = get("/v1/products");
    type Access = Public;
    const LIMITS: &[Limit] = &[];
    const CACHE_CONTROL: &str = "no-cache";
    type Uses = (Products,);
    type Input = PageRequest;
    type Output = Paged<Product>;

    async fn handle(_: &Context, (products,): Self::Uses, _: Anyone, page: PageRequest) -> Result<Self::Output> {
        Ok(Paged { page: products.newest(&page).await?, limit: page.limit })
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<ProductsList>()
}
