//! `GET /v1/health`: checks that DynamoDB can be reached.

use api::{Context, Endpoint, Json, Limit, Result, Route, get};
use auth::{Anyone, Public};
use identity::SigningKeys;
use schemars::JsonSchema;
use serde::Serialize;

pub struct Health;

/// `{"status": "ok"}`
#[derive(JsonSchema, Serialize)]
pub struct Status {
    #[schemars(extend("const" = "ok"))]
    status: &'static str,
}

impl Endpoint for Health {
    const ROUTE: Route = get("/v1/health");
    type Access = Public;
    const LIMITS: &[Limit] = &[];
    type Uses = (SigningKeys,);
    type Input = ();
    type Output = Json<Status>;

    async fn handle(_: &Context, (keys,): Self::Uses, _: Anyone, (): ()) -> Result<Self::Output> {
        keys.ping().await?;
        Ok(Json(Status { status: "ok" }))
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<Health>()
}
