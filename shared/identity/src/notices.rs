use std::time::Duration;

use api::{Context, Part, PartInfo, Permit, Queue, Result};
use auth::{SessionId, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::jobs::MailJob;
use crate::users::{AccessChange, Account};

/// How long a request waits until a notice is queued.
const PATIENCE: Duration = Duration::from_millis(500);

/// Something that the owner of an account is told by mail. Each notice names the fact that it tells, and is sent only if the
/// fact is true once the request has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case", deny_unknown_fields)]
pub enum Notice {
    /// The password was changed by somebody who knows it.
    PasswordChanged {
        /// The time of the change, in milliseconds since 1970.
        at: i64,
    },
    /// The password was set with a mailed link.
    PasswordReset {
        /// The time of the change, in milliseconds since 1970.
        at: i64,
    },
    /// The username was changed.
    UsernameChanged {
        /// The new username. The mail does not contain it.
        username: String,
    },
    /// The email was changed. Told to the old address, which does not learn the new one.
    EmailChanged {
        /// The old address.
        old: String,
        /// The number of the change ([`Account::email_epoch`]).
        epoch: u64,
    },
    /// A superuser changed the roles.
    RolesChanged {
        /// Whether the user is staff now. `None` if that did not change.
        is_staff: Option<bool>,
        /// Whether the user is a superuser now. `None` if that did not change.
        is_superuser: Option<bool>,
    },
    /// A session began at an address from which nobody signed in to the account lately. Told if its browser is new, too.
    SignedIn {
        /// The session.
        session: SessionId,
    },
    /// A session was ended, because one of its refresh tokens was used again.
    SessionReused {
        /// The session.
        session: SessionId,
    },
    /// The owner erased the account.
    AccountClosed {
        /// The address of the account, which may be erased before the mail is sent.
        email: String,
        /// The time of the change, in milliseconds since 1970.
        at: i64,
    },
}

impl Notice {
    /// The name of this kind, for the log and the counters.
    pub fn kind(&self) -> &'static str {
        match self {
            Notice::PasswordChanged { .. } => "password_changed",
            Notice::PasswordReset { .. } => "password_reset",
            Notice::UsernameChanged { .. } => "username_changed",
            Notice::EmailChanged { .. } => "email_changed",
            Notice::RolesChanged { .. } => "roles_changed",
            Notice::SignedIn { .. } => "signed_in",
            Notice::SessionReused { .. } => "session_reused",
            Notice::AccountClosed { .. } => "account_closed",
        }
    }

    /// The notice of a change of roles. `None` if the change names no role.
    pub fn of_roles(change: AccessChange) -> Option<Self> {
        let AccessChange { is_staff, is_superuser, .. } = change;
        (is_staff.is_some() || is_superuser.is_some()).then_some(Self::RolesChanged { is_staff, is_superuser })
    }

    /// The address that is told, if it is not the account's present one.
    pub fn former_address(&self) -> Option<&str> {
        match self {
            Notice::EmailChanged { old: address, .. } | Notice::AccountClosed { email: address, .. } => Some(address),
            _ => None,
        }
    }

    /// Whether the account is as the notice says. Says nothing about sessions.
    pub(crate) fn holds_for(&self, account: &Account) -> bool {
        match self {
            Notice::PasswordChanged { at } | Notice::PasswordReset { at } => {
                account.password_set_at().is_some_and(|set| set.as_millisecond() == *at)
            }
            Notice::UsernameChanged { username } => account.profile.username == *username,
            Notice::EmailChanged { epoch, .. } => account.email_epoch >= *epoch,
            Notice::RolesChanged { is_staff, is_superuser } => {
                is_staff.is_none_or(|is| is == account.profile.is_staff)
                    && is_superuser.is_none_or(|is| is == account.profile.is_superuser)
            }
            Notice::AccountClosed { .. } => account.is_erased,
            Notice::SignedIn { .. } | Notice::SessionReused { .. } => true,
        }
    }
}

/// Tells the owners of accounts what happened to their account.
#[derive(Clone)]
pub struct Notices(Queue<MailJob>);

impl Notices {
    /// Queues a notice. Run this beside the write that the notice tells of: the queue holds the notice back until the
    /// request has ended, and then the notice is sent if the write was made, even if the response to the write was lost.
    ///
    /// Takes at most half a second. A failure is logged only, because it must not keep a user from the change, such as a new
    /// password while somebody else knows the old one.
    pub async fn tell(&self, user_id: UserId, notice: Notice, now: Timestamp) {
        let kind = notice.kind();
        let job = MailJob::Notify { user_id, notice, asked_at: now.as_millisecond() };
        let cause = match tokio::time::timeout(PATIENCE, self.0.send(&job, now)).await {
            Ok(Ok(())) => return,
            Ok(Err(cause)) => cause.to_string(),
            Err(_) => "it takes too long".to_owned(),
        };
        tracing::error!(event = "notice_not_queued", user = %user_id, notice = kind, cause);
    }

    /// [`Notices::tell`], if there is a notice.
    pub async fn tell_if(&self, user_id: UserId, notice: Option<Notice>, now: Timestamp) {
        if let Some(notice) = notice {
            self.tell(user_id, notice, now).await;
        }
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
