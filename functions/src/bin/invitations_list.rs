//! `GET /v1/invitations`: staff list the invitations that nobody has accepted yet.

use api::{Audit, Context, Endpoint, Limit, MINUTE, PageRequest, Paged, Result, Route, get, per_user};
use auth::{Recent, RecentAuth, Staff, StaffOnly};
use identity::{Invitation, Invitations};

pub struct InvitationsList;

impl Endpoint for InvitationsList {
    const ROUTE: Route = get("/v1/invitations");
    type Access = Recent<StaffOnly>;
    const LIMITS: &[Limit] = &[per_user(120, MINUTE)];
    type Uses = (Invitations, Audit);
    type Input = PageRequest;
    type Output = Paged<Invitation>;

    async fn handle(
        context: &Context,
        (invitations, audit): Self::Uses,
        staff: RecentAuth<Staff>,
        page: PageRequest,
    ) -> Result<Self::Output> {
        let found = invitations.list(&audit.act(context, &staff), &page, context.clock().now()).await?;
        Ok(Paged { page: found, limit: page.limit })
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<InvitationsList>()
}
