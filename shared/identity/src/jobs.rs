use api::{Context, Job, Queue, QueueName};
use auth::UserId;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// A mail to send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case", deny_unknown_fields)]
pub enum MailJob {
    /// Mail a link to set a new password, if the address belongs to a user.
    ResetPassword {
        /// The address as it was entered.
        email: String,
        /// The time of the request, in milliseconds since 1970. Old requests are dropped.
        asked_at: i64,
    },
    /// Mail a link that verifies a user's email.
    VerifyEmail {
        /// The user.
        user_id: UserId,
    },
}

impl Job for MailJob {
    const QUEUE: QueueName = QueueName { name: "mail", variable: "MAIL_QUEUE_URL" };
    const KINDS: &'static [&'static str] = &["reset_password", "verify_email"];

    fn kind(&self) -> &'static str {
        match self {
            MailJob::ResetPassword { .. } => "reset_password",
            MailJob::VerifyEmail { .. } => "verify_email",
        }
    }
}

/// An account to erase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case", deny_unknown_fields)]
pub enum ErasureJob {
    /// Erase a marked account.
    Erase {
        /// The user.
        user_id: UserId,
    },
}

impl Job for ErasureJob {
    const QUEUE: QueueName = QueueName { name: "erasure", variable: "ERASURE_QUEUE_URL" };
    const KINDS: &'static [&'static str] = &["erase"];

    fn kind(&self) -> &'static str {
        "erase"
    }

    /// The job is queued before the account is marked, so that every mark has a job. The delay keeps the job from
    /// running before the request has ended.
    fn delay(&self) -> SignedDuration {
        SignedDuration::from_secs(10)
    }
}

/// Queues the mail that verifies a user's email. A failure is only logged, because the account exists and the user can
/// request another mail by setting the email again.
pub async fn send_verification(context: &Context, mails: &Queue<MailJob>, user_id: UserId) {
    if let Err(cause) = mails.send(&MailJob::VerifyEmail { user_id }, context.clock().now()).await {
        tracing::error!(event = "verification_not_queued", user = %user_id, %cause);
    }
}
