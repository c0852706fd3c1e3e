//! `GET /v1/products`: anyone lists the catalogue, newest first.

use api::{App, Endpoint, Limit, Listed, Result, Route, get};
use auth::{Anyone, Public};
use store::{PageRequest, Product};

pub struct ProductsList;

impl Endpoint for ProductsList {
    const ROUTE: Route = get("/v1/products");
    type Access = Public;
    const LIMITS: &[Limit] = &[];
    const CACHE_CONTROL: &str = "no-cache";
    type Input = PageRequest;
    type Output = Listed<Product>;

    async fn handle(app: &App, _: Anyone, page: PageRequest) -> Result<Self::Output> {
        Ok(Listed { page: app.products.newest(&page).await?, limit: page.limit })
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<ProductsList>()
}
