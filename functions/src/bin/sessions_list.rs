//! `GET /v1/auth/sessions`: users list their active sessions, newest first.

use api::{Context, Endpoint, Limit, MINUTE, Page, PageRequest, Paged, Result, Route, get, per_user, schema};
use auth::{SessionId, SignedIn, User};
use identity::{Session, Sessions};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

pub struct SessionsList;

/// A session as its owner sees it.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Session")]
pub struct Shown {
    #[schemars(with = "schema::Id")]
    id: SessionId,
    #[serde(serialize_with = "api::rfc3339")]
    #[schemars(with = "schema::Instant")]
    created_at: Timestamp,
    #[serde(serialize_with = "api::rfc3339")]
    #[schemars(with = "schema::Instant")]
    last_used_at: Timestamp,
    #[serde(serialize_with = "api::rfc3339")]
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
    const LIMITS: &[Limit] = &[per_user(60, MINUTE)];
    const READ_AHEAD: bool = true;
    type Uses = (Sessions,);
    type Input = PageRequest;
    type Output = Paged<Shown>;

    async fn handle(context: &Context, (sessions,): Self::Uses, user: User, page: PageRequest) -> Result<Self::Output> {
        let Page { items, next } = sessions.list(&user, &page, context.clock().now()).await?;
        let items = items.into_iter().map(|session| shown(session, &user)).collect();
        Ok(Paged { page: Page { items, next }, limit: page.limit })
    }
}

fn shown(session: Session, user: &User) -> Shown {
    let current = session.id() == user.session_id();
    Shown {
        id: session.id(),
        created_at: session.created_at,
        last_used_at: session.rotated_at,
        expires_at: session.expires_at,
        user_agent: session.device.user_agent,
        address: session.device.address,
        current,
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<SessionsList>()
}
