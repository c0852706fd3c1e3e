use std::time::Duration;

use api::{Context, Part, PartInfo, Permit, Queue, Result};
use auth::UserId;
use jiff::Timestamp;

use crate::jobs::MailJob;
use crate::notice::Notice;
use crate::users::Account;

/// How long a request waits until a notice is queued. A process that never queued anything has to connect first.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Tells the owners of accounts what happened to their account.
#[derive(Clone)]
pub struct Notices(Queue<MailJob>);

impl Notices {
    /// Queues a notice for the owner of an account, if its address is verified. Run this beside the write that the notice
    /// tells of: the queue holds the notice back until the request has ended, and then the notice is sent if the write was
    /// made, even if the response to the write was lost.
    ///
    /// Takes at most a second and a half. A failure is logged only, because it must not keep a user from the change, such as
    /// a new password while somebody else knows the old one.
    pub async fn tell(&self, account: &Account, notice: Notice, now: Timestamp) {
        if let Some(email) = account.verified_address() {
            self.queue(account.profile.id, Some(email), notice, now).await;
        }
    }

    /// [`Notices::tell`], if there is a notice.
    pub async fn tell_if(&self, account: &Account, notice: Option<Notice>, now: Timestamp) {
        if let Some(notice) = notice {
            self.tell(account, notice, now).await;
        }
    }

    /// [`Notices::tell`] without the account at hand. The notice goes to the address that is verified when it is sent.
    pub async fn tell_user(&self, user_id: UserId, notice: Notice, now: Timestamp) {
        self.queue(user_id, None, notice, now).await;
    }

    /// [`Notices::tell`] with the address at hand. `None` for the address that is verified when the notice is sent.
    pub(crate) async fn tell_at(&self, user_id: UserId, email: Option<String>, notice: Notice, now: Timestamp) {
        self.queue(user_id, email, notice, now).await;
    }

    async fn queue(&self, user_id: UserId, email: Option<String>, notice: Notice, now: Timestamp) {
        let kind = notice.kind();
        let job = MailJob::Notify { user_id, email, notice, asked_at: now.as_millisecond() };
        let cause = match tokio::time::timeout(PATIENCE, self.0.send(&job, now)).await {
            Ok(Ok(())) => return,
            Ok(Err(cause)) => cause.to_string(),
            Err(_) => "it takes too long".to_owned(),
        };
        tracing::error!(event = "notice_not_queued", user = %user_id, purpose = kind, cause);
    }
}

impl Part for Notices {
    const DATABASE: bool = false;

    fn build(context: &Context, permit: &Permit) -> Result<Self> {
        context.part(permit).map(Self)
    }

    fn list(into: &mut Vec<PartInfo>) {
        <Queue<MailJob> as Part>::list(into);
    }
}
