//! `POST /v1/invitations`: staff invite somebody by mail to make an account. The response is the same whether or not the
//! address belongs to an account. The invitation gives no role: `role` is a wish, of which the inviter is reminded once
//! the invitation is accepted.

use api::{
    Answer, Audit, Body, Context, Endpoint, Fields, HOUR, Idempotency, IdempotencyKey, Json, Limit, Queue, Result,
    Route, Started, per_subject, per_user, post, recorded,
};
use auth::{Recent, RecentAuth, Staff, StaffOnly, UserId};
use identity::{Email, Invitation, Invitations, MailJob, WishedRole, mailbox_subject};

pub struct InvitationsCreate;

/// `{"email", "role"?}`
pub struct NewInvitation {
    email: Email,
    role: Option<WishedRole>,
}

impl Endpoint for InvitationsCreate {
    const ROUTE: Route = post("/v1/invitations");
    type Access = Recent<StaffOnly>;
    // All staff together can't flood a mailbox.
    const LIMITS: &[Limit] = &[per_user(20, HOUR), per_subject(3, HOUR)];
    type Uses = (Invitations, Audit, Idempotency, Queue<MailJob>);
    type Input = (Json<NewInvitation>, IdempotencyKey);
    type Output = Answer<Started<Invitation>>;

    async fn handle(
        context: &Context,
        (invitations, audit, idempotency, mails): Self::Uses,
        staff: RecentAuth<Staff>,
        (Json(new), key): Self::Input,
    ) -> Result<Self::Output> {
        let now = context.clock().now();
        let (id, by) = (UserId::new(now, &**context.entropy())?, staff.caller().user().id());
        let body = Invitation::new(id, new.email, new.role, Some(by), now);
        let started = Started { location: format!("/v1/invitations/{id}"), body };
        let once = idempotency.once(context, &staff, Self::ROUTE, key, &started)?;
        // Queued before the invitation is written, so that every invitation is mailed. The queue holds the job back until
        // this request is over. Without an invitation, the job does nothing.
        mails.send(&MailJob::Invite { invitation_id: id, asked_at: now.as_millisecond() }, now).await?;
        let (act, role) = (audit.act(context, &staff), new.role.map(WishedRole::as_str));
        let event = |outcome: Option<&str>| {
            tracing::info!(event = "invitation_created", invitation = %id, %by, role, outcome);
        };
        let done = recorded(invitations.insert(&act, &started.body, Some(&once)), event).await?;
        once.answer(done, started).await
    }
}

impl Body for NewInvitation {
    const HAS_SUBJECT: bool = true;

    fn read(fields: &mut impl Fields) -> Option<Self> {
        let email = fields.required("email", |field| Email::parse(&field.text()?));
        let role = fields.optional("role", |field| WishedRole::parse(&field.text()?));
        Some(Self { email: email?, role: role? })
    }

    fn subject(&self) -> Option<String> {
        Some(mailbox_subject(self.email.as_str()))
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<InvitationsCreate>()
}
