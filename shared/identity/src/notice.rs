use auth::{FactorId, SessionId, UserId};
use serde::{Deserialize, Serialize};

use crate::wished_role::WishedRole;

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
    /// The owner asked for another email, which is not verified yet. The present address does not learn the new one.
    EmailAsked {
        /// The number of the request (`Account::pending_epoch`).
        epoch: u64,
    },
    /// The email was changed. The old address does not learn the new one.
    EmailChanged {
        /// The number of the change (`Account::email_epoch`).
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
    /// A superuser closed the account.
    Deactivated,
    /// The owner erased the account.
    AccountClosed,
    /// The account got a second factor.
    FactorAdded {
        /// The factor.
        factor: FactorId,
    },
    /// The account lost a second factor.
    FactorRemoved {
        /// The factor.
        factor: FactorId,
    },
    /// The account got a passkey.
    PasskeyAdded {
        /// The passkey.
        factor: FactorId,
    },
    /// The account lost a passkey.
    PasskeyRemoved {
        /// The passkey.
        factor: FactorId,
    },
    /// A recovery code was used.
    RecoveryCodeUsed {
        /// The time, in milliseconds since 1970.
        at: i64,
    },
    /// The recovery codes were replaced.
    RecoveryCodesRenewed {
        /// The time, in milliseconds since 1970.
        at: i64,
    },
    /// Somebody who knows the password gave several wrong codes in a row. Told once a day.
    CodesGuessed,
    /// Somebody accepted an invitation of the user, who is staff.
    InvitationAccepted {
        /// The new account.
        user: UserId,
        /// The role that the invitation named.
        role: Option<WishedRole>,
    },
}

impl Notice {
    /// The name of this kind, for the log and the counters.
    pub fn kind(&self) -> &'static str {
        match self {
            Notice::PasswordChanged { .. } => "notice_password_changed",
            Notice::PasswordReset { .. } => "notice_password_reset",
            Notice::UsernameChanged { .. } => "notice_username_changed",
            Notice::EmailAsked { .. } => "notice_email_asked",
            Notice::EmailChanged { .. } => "notice_email_changed",
            Notice::RolesChanged { .. } => "notice_roles_changed",
            Notice::SignedIn { .. } => "notice_signed_in",
            Notice::SessionReused { .. } => "notice_session_reused",
            Notice::Deactivated => "notice_deactivated",
            Notice::AccountClosed => "notice_account_closed",
            Notice::FactorAdded { .. } => "notice_factor_added",
            Notice::FactorRemoved { .. } => "notice_factor_removed",
            Notice::PasskeyAdded { .. } => "notice_passkey_added",
            Notice::PasskeyRemoved { .. } => "notice_passkey_removed",
            Notice::RecoveryCodeUsed { .. } => "notice_recovery_code_used",
            Notice::RecoveryCodesRenewed { .. } => "notice_recovery_codes_renewed",
            Notice::CodesGuessed => "notice_codes_guessed",
            Notice::InvitationAccepted { .. } => "notice_invitation_accepted",
        }
    }

    /// The name of the fact, which is mailed once. `asked_at` is the time of the request.
    pub fn fact(&self, asked_at: i64) -> String {
        match self {
            Notice::PasswordChanged { at } | Notice::PasswordReset { at } => at.to_string(),
            Notice::EmailAsked { epoch } | Notice::EmailChanged { epoch } => epoch.to_string(),
            Notice::SignedIn { session } | Notice::SessionReused { session } => session.to_string(),
            Notice::UsernameChanged { .. } | Notice::RolesChanged { .. } | Notice::Deactivated => asked_at.to_string(),
            Notice::FactorAdded { factor }
            | Notice::FactorRemoved { factor }
            | Notice::PasskeyAdded { factor }
            | Notice::PasskeyRemoved { factor } => factor.to_string(),
            Notice::RecoveryCodeUsed { at } | Notice::RecoveryCodesRenewed { at } => at.to_string(),
            Notice::InvitationAccepted { user, .. } => user.to_string(),
            Notice::AccountClosed | Notice::CodesGuessed => String::new(),
        }
    }
}
