//! `GET /openapi.json`: the description of this API (OpenAPI 3.1).

use api::{App, Endpoint, Limit, Media, Result, Route, Text, get};
use auth::{Anyone, Public};

pub struct OpenApi;

impl Endpoint for OpenApi {
    const ROUTE: Route = get("/openapi.json");
    type Access = Public;
    const LIMITS: &[Limit] = &[];
    const DATABASE: bool = false;
    const CACHE_CONTROL: &str = "public, max-age=60";
    type Input = ();
    type Output = Text<Self>;

    async fn handle(_: &App, _: Anyone, (): ()) -> Result<Self::Output> {
        Ok(Text::new("application/json", include_str!("../../../docs/openapi.json")))
    }
}

impl Media for OpenApi {
    const TYPES: &[&str] = &["application/json"];
    const SCHEMA_TYPE: &str = "object";
}

pub fn main() -> std::process::ExitCode {
    api::serve::<OpenApi>()
}
