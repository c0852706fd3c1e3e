//! `POST /v1/announcements`: staff announce something.

use api::{
    Answer, Audit, Body, Code, Context, Created, Endpoint, Fields, Idempotency, IdempotencyKey, Json, Limit, MINUTE,
    Result, Route, per_user, post,
};
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
    type Uses = (Announcements, Audit, Idempotency);
    type Input = (Json<NewAnnouncement>, IdempotencyKey);
    type Output = Answer<Created<Announcement>>;

    async fn handle(
        context: &Context,
        (announcements, audit, idempotency): Self::Uses,
        staff: Staff,
        (Json(NewAnnouncement(title)), key): Self::Input,
    ) -> Result<Self::Output> {
        let body = Announcement { title };
        let created = Created { location: "/v1/announcements".to_owned(), body };
        let once = idempotency.once(context, &staff, Self::ROUTE, key, &created)?;
        let done = announcements.insert(&audit.act(context, &staff), &created.body.title, &once).await?;
        once.answer(done, created).await
    }
}

impl Body for NewAnnouncement {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        let title = fields.required("title", |field| Title::parse(&field.text()?));
        Some(Self(title?))
    }
}
