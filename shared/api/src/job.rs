use auth::UserId;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// The queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QueueName {
    /// Mails to be written.
    Mail,
    /// Accounts to be erased.
    Erasure,
}

impl QueueName {
    /// All of them.
    pub const ALL: [QueueName; 2] = [QueueName::Mail, QueueName::Erasure];

    /// The environment variable with its URL.
    pub const fn variable(self) -> &'static str {
        match self {
            QueueName::Mail => "MAIL_QUEUE_URL",
            QueueName::Erasure => "ERASURE_QUEUE_URL",
        }
    }
}

/// Work that a request leaves to be done after its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case", deny_unknown_fields)]
pub enum Job {
    /// Mail a link to set a new password, if the address is a user's.
    ResetPassword {
        /// The address as it was entered.
        email: String,
        /// When the request came, in milliseconds since 1970: a mail must not come out of the blue.
        asked_at: i64,
    },
    /// Mail a link that verifies a user's email.
    VerifyEmail {
        /// Whose email.
        user_id: UserId,
    },
    /// Erase an account that is marked for it.
    Erase {
        /// Whose account.
        user_id: UserId,
    },
}

impl Job {
    /// The queue that it goes to.
    pub const fn queue(&self) -> QueueName {
        match self {
            Job::ResetPassword { .. } | Job::VerifyEmail { .. } => QueueName::Mail,
            Job::Erase { .. } => QueueName::Erasure,
        }
    }

    /// How long it is held back: an erasure is queued before the account is marked, so that no mark is ever without
    /// its job, and must not be worked off before the request has ended.
    pub const fn delay(&self) -> SignedDuration {
        match self {
            Job::Erase { .. } => SignedDuration::from_secs(10),
            _ => SignedDuration::ZERO,
        }
    }
}
