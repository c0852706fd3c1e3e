//! `DELETE /v1/announcements/{title}`: superusers delete an announcement.

use api::{Audit, Context, Endpoint, Limit, NoContent, Path, Result, Route, delete};
use auth::{Superuser, SuperuserOnly};

use crate::announcements::{Announcements, Title};

/// The endpoint.
pub struct AnnouncementsDelete;

impl Endpoint for AnnouncementsDelete {
    const ROUTE: Route = delete("/v1/announcements/{title}");
    type Access = SuperuserOnly;
    const LIMITS: &[Limit] = &[];
    type Uses = (Announcements, Audit);
    type Input = Option<Path<Title>>;
    type Output = NoContent;

    async fn handle(
        context: &Context,
        (announcements, audit): Self::Uses,
        superuser: Superuser,
        title: Self::Input,
    ) -> Result<Self::Output> {
        if let Some(Path(title)) = title {
            announcements.delete(&audit.act(context, &superuser), &title).await?;
        }
        Ok(NoContent)
    }
}
