//! `DELETE /v1/invitations/{invitation_id}`: staff withdraw an invitation. The mailed link is then useless. Withdrawing an
//! invitation that is gone changes nothing.

use api::{Audit, Context, Endpoint, Limit, MINUTE, NoContent, Path, Result, Route, delete, per_user, recorded};
use auth::{Recent, RecentAuth, Staff, StaffOnly};
use identity::{InvitationId, Invitations};

pub struct InvitationsDelete;

impl Endpoint for InvitationsDelete {
    const ROUTE: Route = delete("/v1/invitations/{invitation_id}");
    type Access = Recent<StaffOnly>;
    const LIMITS: &[Limit] = &[per_user(60, MINUTE)];
    type Uses = (Invitations, Audit);
    type Input = Option<Path<InvitationId>>;
    type Output = NoContent;

    async fn handle(
        context: &Context,
        (invitations, audit): Self::Uses,
        staff: RecentAuth<Staff>,
        invitation: Self::Input,
    ) -> Result<Self::Output> {
        if let Some(Path(InvitationId(id))) = invitation {
            let (act, by) = (audit.act(context, &staff), staff.caller().user().id());
            let event = |outcome: Option<&str>| {
                tracing::info!(event = "invitation_withdrawn", invitation = %id, %by, outcome);
            };
            recorded(invitations.withdraw(&act, id), event).await?;
        }
        Ok(NoContent)
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<InvitationsDelete>()
}
