//! `DELETE /v1/announcements/{title}`: superusers delete an announcement.

use api::{Context, Endpoint, Error, Limit, NoContent, Path, Result, Route, delete};
use auth::{Superuser, SuperuserOnly};

use crate::announcements::{Announcements, Title};

/// The endpoint.
pub struct AnnouncementsDelete;

impl Endpoint for AnnouncementsDelete {
    const ROUTE: Route = delete("/v1/announcements/{title}");
    type Access = SuperuserOnly;
    const LIMITS: &[Limit] = &[];
    type Uses = (Announcements,);
    type Input = Path<Title>;
    type Output = NoContent;

    async fn handle(
        _: &Context,
        (announcements,): Self::Uses,
        superuser: Superuser,
        Path(title): Self::Input,
    ) -> Result<Self::Output> {
        announcements.delete(&superuser, &title).await?.then_some(NoContent).ok_or(Error::NotFound)
    }
}
