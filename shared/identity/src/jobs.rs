use api::{Job, QueueName};
use auth::{FactorId, UserId};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::notice::Notice;

/// How long the queue holds back a job that is queued before the write that it belongs to. By then the request has
/// ended, and a write that was given up has arrived or is lost.
const HELD_BACK: SignedDuration = SignedDuration::from_secs(10);

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
    /// Mail a link that verifies a user's email. Does nothing if there is no such user, or the email is verified.
    VerifyEmail {
        /// The user.
        user_id: UserId,
        /// The number of the request for another email (`Account::pending_epoch`). Then the link is mailed to that email,
        /// if it is still the latest request. `None` for the present email.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pending_epoch: Option<u64>,
        /// The time of the request, in milliseconds since 1970. Missing in jobs of earlier versions.
        #[serde(default)]
        asked_at: Option<i64>,
    },
    /// Remind the owner of an account that it ends in two days, because its email was never verified.
    RemindToVerify {
        /// The user.
        user_id: UserId,
    },
    /// Mail an invitation: a link to make an account, or that the address has one. Does nothing if the invitation was
    /// withdrawn or accepted.
    Invite {
        /// The invitation.
        invitation_id: UserId,
        /// The time of the request, in milliseconds since 1970.
        asked_at: i64,
    },
    /// Mail the code that confirms a second factor. Does nothing if the factor does not wait any more.
    ConfirmFactor {
        /// The user.
        user_id: UserId,
        /// The factor.
        factor_id: FactorId,
        /// The time of the request, in milliseconds since 1970.
        asked_at: i64,
    },
    /// Tell the owner of an account what happened to the account. Does nothing if that did not happen.
    Notify {
        /// The user.
        user_id: UserId,
        /// The verified address at the time of the request, so that nobody keeps a notice from the owner by changing the
        /// address. `None` for the address that is verified when the mail is sent.
        email: Option<String>,
        /// What happened.
        notice: Notice,
        /// The time of the request, in milliseconds since 1970.
        asked_at: i64,
    },
}

impl Job for MailJob {
    const QUEUE: QueueName = QueueName { name: "mail", variable: "MAIL_QUEUE_URL" };
    const KINDS: &'static [&'static str] = &[
        "reset_password",
        "verify_email",
        "remind_to_verify",
        "invite",
        "confirm_factor",
        "notice_password_changed",
        "notice_password_reset",
        "notice_username_changed",
        "notice_email_asked",
        "notice_email_changed",
        "notice_roles_changed",
        "notice_signed_in",
        "notice_session_reused",
        "notice_deactivated",
        "notice_account_closed",
        "notice_factor_added",
        "notice_factor_removed",
        "notice_passkey_added",
        "notice_passkey_removed",
        "notice_recovery_code_used",
        "notice_recovery_codes_renewed",
        "notice_codes_guessed",
        "notice_invitation_accepted",
    ];

    fn kind(&self) -> &'static str {
        match self {
            MailJob::ResetPassword { .. } => "reset_password",
            MailJob::VerifyEmail { .. } => "verify_email",
            MailJob::RemindToVerify { .. } => "remind_to_verify",
            MailJob::Invite { .. } => "invite",
            MailJob::ConfirmFactor { .. } => "confirm_factor",
            MailJob::Notify { notice, .. } => notice.kind(),
        }
    }

    /// A verification or an invitation is queued before its row is written, and a notice beside the write that it tells
    /// of, but for changes of roles. So each has its job, even if the answer to the write is lost.
    fn delay(&self) -> SignedDuration {
        match self {
            MailJob::ResetPassword { .. } | MailJob::ConfirmFactor { .. } => SignedDuration::ZERO,
            MailJob::VerifyEmail { .. }
            | MailJob::RemindToVerify { .. }
            | MailJob::Invite { .. }
            | MailJob::Notify { .. } => HELD_BACK,
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
        HELD_BACK
    }
}
