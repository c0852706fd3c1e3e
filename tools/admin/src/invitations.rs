use api::Queue;
use auth::UserId;
use identity::{Email, Invitation, Invitations, MailJob, WishedRole};

use crate::Context;
use crate::error::{Error, Result};
use crate::options::Wish;

/// Invites somebody by mail to make an account. The account will have no role.
pub async fn invite(context: &Context, email: &str, role: Option<Wish>) -> Result<()> {
    let email = Email::parse(email).map_err(|message| Error::Refused(format!("the email {message}")))?;
    let role = role.map(|wish| match wish {
        Wish::Staff => WishedRole::Staff,
        Wish::Superuser => WishedRole::Superuser,
    });
    let target = &context.target;
    let now = target.api.clock().now();
    let id = UserId::new(now, &**target.api.entropy()).map_err(auth::Error::from)?;
    let invitation = Invitation::new(id, email, role, None, now);
    // Queued before the invitation is written, so that every invitation is mailed. Without an invitation, the job does
    // nothing.
    let job = MailJob::Invite { invitation_id: id, asked_at: now.as_millisecond() };
    target.part::<Queue<MailJob>>()?.send(&job, now).await?;
    let (invitations, act) = (target.part::<Invitations>()?, context.act());
    let role = role.map(WishedRole::as_str);
    let committed = api::recorded(invitations.insert(&act, &invitation, None), |outcome| {
        tracing::info!(event = "invitation_created", invitation = %id, by = "operator", role, outcome);
    });
    if !matches!(committed.await?, api::Committed::Done) {
        return Err(Error::Refused("the invitation's id is taken".to_owned()));
    }
    let sentence = format!("{} is invited until {:.0}", invitation.email, invitation.expires_at);
    context.output.one(&invitation, &sentence)
}
