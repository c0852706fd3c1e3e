use api::{AuditEntry, Queue};
use identity::{Account, ErasureJob, Freed, MailJob, Users};
use serde_json::json;

use crate::error::{Error, Result};
use crate::{Context, ask};

/// Mails the owner of an account a link to set a new password. The row of the audit is written before: the mail is outside of
/// the database.
pub async fn send_reset(context: &Context, user: &str) -> Result<()> {
    let target = &context.target;
    let Account { profile, is_active, email_verified, .. } = &target.account(&context.operator, user).await?;
    let (name, now) = (&profile.username, target.api.clock().now());
    match (is_active, email_verified) {
        (false, _) => return Err(Error::Refused(format!("{name} is deactivated, so no link is mailed"))),
        (true, false) => {
            return Err(Error::Refused(format!("the email of {name} is not verified, so it may be a stranger's")));
        }
        (true, true) => {}
    }
    context.act().note(AuditEntry::of("reset_requested", format!("users/{}", profile.id))).await?;
    let job = MailJob::ResetPassword { email: profile.email.clone(), asked_at: now.as_millisecond() };
    target.part::<Queue<MailJob>>()?.send(&job, now).await?;
    context.output.one(&json!({ "user_id": profile.id }), &format!("{name}: a link is on its way"))
}

/// Takes an email from an account that has not verified it.
pub async fn free(context: &Context, email: &str) -> Result<()> {
    let target = &context.target;
    let account = target.account(&context.operator, email).await?;
    if !account.profile.email.eq_ignore_ascii_case(email) {
        return Err(Error::NotFound(format!("account with the email {email}")));
    }
    let (name, id, now) = (&account.profile.username, account.profile.id, target.api.clock().now());
    let what = match Users::freeing(&account)? {
        Freed::Closed => format!("This closes and erases the account {name}, which was never verified."),
        Freed::Kept => format!("This leaves the account {name} without an email."),
    };
    ask::confirm(context.yes, &what)?;
    // Queued before the account is marked, so that every mark has a job. Without a mark, the job does nothing.
    target.part::<Queue<ErasureJob>>()?.send(&ErasureJob::Erase { user_id: id }, now).await?;
    let write = target.part::<Users>()?;
    let freed = api::recorded(write.free_email(&context.act(), &account, now), |outcome| {
        tracing::info!(event = "email_freed", user = %id, by = "operator", outcome);
    })
    .await?;
    let result = json!({ "user_id": id, "closed": freed == Freed::Closed });
    let sentence = match freed {
        Freed::Closed => format!("{email} is free; {name} is closed, and is erased in a moment"),
        Freed::Kept => format!("{email} is free; {name} has no email"),
    };
    context.output.one(&result, &sentence)
}
