//! `POST /v1/announcements`: staff announce something.

use api::{Body, Code, Context, Created, Endpoint, Fields, Json, Limit, MINUTE, Result, Route, per_user, post};
use auth::{Staff, StaffOnly};

use crate::announcements::{ALREADY_ANNOUNCED, Announcement, Announcements, Title};

/// The endpoint.
pub struct AnnouncementsCreate;

/// `{"title": "..."}`
pub struct NewAnnouncement(Title);

impl Endpoint for AnnouncementsCreate {
    const ROUTE: Route = post("/v1/announcements");
    type Access = StaffOnly;
    const LIMITS: &[Limit] = &[per_user(10, MINUTE)];
    const ERRORS: &[Code] = &[ALREADY_ANNOUNCED];
    type Uses = (Announcements,);
    type Input = Json<NewAnnouncement>;
    type Output = Created<Announcement>;

    async fn handle(
        _: &Context,
        (announcements,): Self::Uses,
        staff: Staff,
        Json(NewAnnouncement(title)): Self::Input,
    ) -> Result<Self::Output> {
        let body = announcements.insert(&staff, &title).await?;
        Ok(Created { location: "/v1/announcements".to_owned(), body })
    }
}

impl Body for NewAnnouncement {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        let title = fields.required("title", |field| Title::parse(&field.text()?));
        Some(Self(title?))
    }
}
