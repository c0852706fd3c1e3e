//! `GET /v1/audit`: superusers read what staff, superusers and operators did, newest first: to one subject, or by one
//! actor.

use api::{
    AuditLog, AuditQuery, AuditRow, Context, Endpoint, Limit, MINUTE, PageRequest, Paged, Result, Route, Selected, get,
    per_user,
};
use auth::{Recent, RecentAuth, Superuser, SuperuserOnly};

pub struct AuditList;

impl Endpoint for AuditList {
    const ROUTE: Route = get("/v1/audit");
    type Access = Recent<SuperuserOnly>;
    const LIMITS: &[Limit] = &[per_user(60, MINUTE)];
    type Uses = (AuditLog,);
    type Input = (AuditQuery, PageRequest);
    type Output = Selected<AuditRow>;

    async fn handle(
        _: &Context,
        (audit,): Self::Uses,
        superuser: RecentAuth<Superuser>,
        (query, page): Self::Input,
    ) -> Result<Self::Output> {
        let page = Paged { page: audit.newest(&superuser, &query, &page).await?, limit: page.limit };
        let ((name, value), by) = (query.parameter(), superuser.caller().user().id());
        let (subject, actor) = query.for_log();
        tracing::info!(event = "audit_read", %by, subject, actor);
        Ok(Selected { page, name, value: value.to_owned() })
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<AuditList>()
}
