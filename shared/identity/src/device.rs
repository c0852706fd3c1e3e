use api::{Context, FromRequest, Request, Result, openapi::Operation};

use crate::sessions::Device;

/// Upper bound on the stored characters of a `User-Agent`.
const LONGEST_USER_AGENT: usize = 200;

/// The address and the client of the request.
impl<U: Sync> FromRequest<U> for Device {
    async fn from_request(_: &Context, _: &U, request: &Request) -> Result<Self> {
        let user_agent = request.headers().get(http::header::USER_AGENT);
        let user_agent = user_agent.map(|value| String::from_utf8_lossy(value.as_bytes())).unwrap_or_default();
        let user_agent = user_agent.chars().filter(|c| !c.is_control()).take(LONGEST_USER_AGENT).collect();
        Ok(Self { user_agent, address: request.address().to_string() })
    }

    fn document(_: &mut Operation<'_>) {}
}
