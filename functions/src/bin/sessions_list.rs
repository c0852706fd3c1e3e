//! `GET /v1/auth/sessions`: users see where they are signed in, the newest session first.

use api::{App, Endpoint, Limit, Listed, Result, Route, get};
use auth::{SessionId, SignedIn, User};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use store::{Page, PageRequest, Session, schema};

pub struct SessionsList;

/// A session, as its owner sees it.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Session")]
pub struct Shown {
    #[schemars(with = "schema::Id")]
    id: SessionId,
    #[serde(serialize_with = "store::rfc3339")]
    #[schemars(with = "schema::Instant")]
    created_at: Timestamp,
    #[serde(serialize_with = "store::rfc3339")]
    #[schemars(with = "schema::Instant")]
    last_used_at: Timestamp,
    #[serde(serialize_with = "store::rfc3339")]
    #[schemars(with = "schema::Instant")]
    expires_at: Timestamp,
    #[schemars(length(max = 200), example = &"Mozilla/5.0")]
    user_agent: String,
    #[schemars(example = &"203.0.113.9")]
    address: String,
    current: bool,
}

impl Endpoint for SessionsList {
    const ROUTE: Route = get("/v1/auth/sessions");
    type Access = SignedIn;
    const LIMITS: &[Limit] = &[];
    type Input = PageRequest;
    type Output = Listed<Shown>;

    async fn handle(app: &App, user: User, page: PageRequest) -> Result<Self::Output> {
        let Page { items, next } = app.sessions.list(&user, &page, app.clock.now()).await?;
        let items = items.into_iter().map(|session| shown(session, &user)).collect();
        Ok(Listed { page: Page { items, next }, limit: page.limit })
    }
}

fn shown(session: Session, user: &User) -> Shown {
    Shown {
        id: session.id,
        created_at: session.created_at,
        last_used_at: session.rotated_at,
        expires_at: session.expires_at,
        user_agent: session.device.user_agent,
        address: session.device.address,
        current: session.id == user.session_id(),
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<SessionsList>()
}
