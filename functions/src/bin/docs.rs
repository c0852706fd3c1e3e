//! `GET /docs`: a page to read the documentation and try each endpoint.

use api::{AssetKind, Context, Endpoint, LIBRARY_POLICY, Limit, Result, Route, StaticAsset, get};
use auth::{Anyone, Public};
use http::HeaderName;
use http::header::CONTENT_SECURITY_POLICY;

pub struct Docs;

impl Endpoint for Docs {
    const ROUTE: Route = get("/docs");
    type Access = Public;
    const LIMITS: &[Limit] = &[];
    const CACHE_CONTROL: &str = "public, max-age=60";
    type Uses = ();
    type Input = ();
    type Output = StaticAsset<Self>;

    async fn handle(_: &Context, (): (), _: Anyone, (): ()) -> Result<Self::Output> {
        Ok(StaticAsset::new("text/html; charset=utf-8", include_str!("../../assets/docs/index.html")))
    }
}

impl AssetKind for Docs {
    const TYPES: &[&str] = &["text/html"];
    const HEADERS: &[(HeaderName, &str)] = &[(CONTENT_SECURITY_POLICY, LIBRARY_POLICY)];
}

pub fn main() -> std::process::ExitCode {
    api::serve::<Docs>()
}
