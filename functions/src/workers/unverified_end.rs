//! Runs every hour: reminds the owners of accounts whose email was never verified, and two days later closes these accounts
//! and marks them for erasure.

use api::{Context, Queue, Result, Task, recorded};
use auth::UserId;
use futures_util::{StreamExt, TryStreamExt, stream};
use identity::{ErasureJob, MailJob, UnverifiedAccounts, UnverifiedDays};
use jiff::Timestamp;

/// Ends accounts that were never verified.
pub struct UnverifiedEnd;

api::parts! {
    /// The parts of the task.
    pub struct Uses {
        accounts: UnverifiedAccounts,
        days: UnverifiedDays,
        mails: Queue<MailJob>,
        erasures: Queue<ErasureJob>,
    }
}

/// How many accounts one run reminds, and how many it ends. The next run goes on.
const AT_MOST: i32 = 1000;
/// How many accounts are handled at once.
const AT_ONCE: usize = 8;

impl Task for UnverifiedEnd {
    type Uses = Uses;

    async fn run(context: &Context, uses: Uses) -> Result<()> {
        let now = context.clock().now();
        let Some((mailed_before, reminded_before)) = uses.days.due(now) else { return Ok(()) };
        let to_end = uses.accounts.to_end(reminded_before, AT_MOST).await?;
        for_each(to_end, |id| end(&uses, id, reminded_before, now)).await?;
        let to_remind = uses.accounts.to_remind(mailed_before, AT_MOST).await?;
        for_each(to_remind, |id| remind(&uses, id, now)).await
    }
}

async fn for_each<F: Future<Output = Result<()>>>(ids: Vec<UserId>, work: impl Fn(UserId) -> F) -> Result<()> {
    stream::iter(ids).map(Ok).try_for_each_concurrent(AT_ONCE, work).await
}

/// The worker of mails notes that the mail was sent, so that no account ends without a reminder. Until then, each run queues
/// the mail again, and it is sent once.
async fn remind(uses: &Uses, user_id: UserId, now: Timestamp) -> Result<()> {
    if uses.accounts.still_ends(user_id).await? {
        uses.mails.send(&MailJob::RemindToVerify { user_id }, now).await?;
    }
    Ok(())
}

/// The job is queued before the account is marked, so that every mark has a job. Without a mark, the job does nothing.
async fn end(uses: &Uses, user_id: UserId, before: Timestamp, now: Timestamp) -> Result<()> {
    uses.erasures.send(&ErasureJob::Erase { user_id }, now).await?;
    let event = |outcome: Option<&str>| {
        tracing::info!(event = "erasure_began", user = %user_id, by = "unverified", outcome);
    };
    recorded(uses.accounts.end(user_id, before, now), event).await?;
    Ok(())
}

pub fn main() -> std::process::ExitCode {
    identity::serve_task::<UnverifiedEnd>("unverified_end")
}
