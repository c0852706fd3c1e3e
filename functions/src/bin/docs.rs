//! `GET /docs`: a page to read this description, and to try each endpoint.

use api::{App, Endpoint, Limit, Media, Result, Route, Text, get};
use auth::{Anyone, Public};
use http::HeaderName;
use http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};

pub struct Docs;

/// Nothing but what this API serves itself, and in nobody's frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

impl Endpoint for Docs {
    const ROUTE: Route = get("/docs");
    type Access = Public;
    const LIMITS: &[Limit] = &[];
    const DATABASE: bool = false;
    const CACHE_CONTROL: &str = "public, max-age=60";
    type Input = ();
    type Output = Text<Self>;

    async fn handle(_: &App, _: Anyone, (): ()) -> Result<Self::Output> {
        Ok(Text::new("text/html; charset=utf-8", include_str!("../../assets/docs/index.html")))
    }
}

impl Media for Docs {
    const TYPES: &[&str] = &["text/html"];
    const HEADERS: &[(HeaderName, &str)] = &[(CONTENT_SECURITY_POLICY, POLICY), (REFERRER_POLICY, "no-referrer")];
}

pub fn main() -> std::process::ExitCode {
    api::serve::<Docs>()
}
