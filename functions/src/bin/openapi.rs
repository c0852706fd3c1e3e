//! `GET /openapi.json`: the OpenAPI 3.1 document of this API.

use api::{AssetKind, Context, Endpoint, Limit, Result, Route, StaticAsset, get};
use auth::{Anyone, Public};
use serde_json::{Value, json};

pub struct OpenApi;

impl Endpoint for OpenApi {
    const ROUTE: Route = get("/openapi.json");
    type Access = Public;
    const LIMITS: &[Limit] = &[];
    const CACHE_CONTROL: &str = "public, max-age=60";
    type Uses = ();
    type Input = ();
    type Output = StaticAsset<Self>;

    async fn handle(_: &Context, (): (), _: Anyone, (): ()) -> Result<Self::Output> {
        Ok(StaticAsset::new("application/json", include_str!("../../../docs/openapi.json")))
    }
}

impl AssetKind for OpenApi {
    const TYPES: &[&str] = &["application/json"];

    fn schema() -> Value {
        json!({ "type": "object", "additionalProperties": true })
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<OpenApi>()
}
