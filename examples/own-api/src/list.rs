//! `GET /v1/announcements`: anyone lists the announcements.

use api::{Context, Endpoint, Json, Limit, MINUTE, Result, Route, get, per_ip};
use auth::{Anyone, Public};

use crate::announcements::{Announcement, Announcements};

/// The endpoint.
pub struct AnnouncementsList;

impl Endpoint for AnnouncementsList {
    const ROUTE: Route = get("/v1/announcements");
    type Access = Public;
    const LIMITS: &[Limit] = &[per_ip(60, MINUTE)];
    type Uses = (Announcements,);
    type Input = ();
    type Output = Json<Vec<Announcement>>;

    async fn handle(_: &Context, (announcements,): Self::Uses, _: Anyone, (): ()) -> Result<Self::Output> {
        Ok(Json(announcements.list().await?))
    }
}
