//! `GET /v1/health`: whether DynamoDB is within reach.

use api::{App, Endpoint, Json, Limit, Result, Route, get};
use auth::{Anyone, Public};
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
    type Input = ();
    type Output = Json<Status>;

    async fn handle(app: &App, _: Anyone, (): ()) -> Result<Self::Output> {
        app.signing_keys.reach().await?;
        Ok(Json(Status { status: "ok" }))
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<Health>()
}
