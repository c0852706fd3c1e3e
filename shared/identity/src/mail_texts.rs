//! The texts of all mails. They contain nothing that a user chose, except the username in a mail to a verified address that
//! its owner asked for.

use auth::UserId;
use jiff::Timestamp;

use crate::notice::Notice;
use crate::wished_role::WishedRole;

/// A subject and a text.
pub(crate) type Text = (&'static str, String);

pub(crate) fn verify_email(link: &str, hours: i64) -> Text {
    let text = format!(
        "Hello,\n\nplease confirm that this address is yours:\n\n{link}\n\n\
         The link works for {hours} hours. If you did not ask for it, ignore this mail.\n"
    );
    ("Please confirm your email address", text)
}

/// Two days before an account ends that was never verified.
pub(crate) fn remind_to_verify(link: &str, hours: i64) -> Text {
    let text = format!(
        "Hello,\n\nan account was made with this address, and nobody has confirmed the address yet. \
         The account will be deleted in two days. To keep it, confirm that this address is yours:\n\n{link}\n\n\
         The link works for {hours} hours. If you did not ask for the account, ignore this mail.\n"
    );
    ("Your account will be deleted", text)
}

pub(crate) fn accept_invitation(link: &str, site: &str, days: i64) -> Text {
    let text = format!(
        "Hello,\n\nyou are invited to make an account at {site}:\n\n{link}\n\n\
         The link works once, for {days} days. If another account was made with this address and never confirmed, it is \
         deleted then. If you did not expect the invitation, ignore this mail.\n"
    );
    ("You are invited", text)
}

/// An invitation to an address that has an account already.
pub(crate) fn invited_with_account(site: &str) -> Text {
    let text = format!(
        "Hello,\n\nyou are invited to make an account at {site}. This address has an account there already, so just \
         sign in. If you don't know the password any more, ask there for a link to set a new one.\n"
    );
    ("You are invited", text)
}

/// `username` is missing if the address is not verified: a stranger may have chosen it.
pub(crate) fn reset_password(link: &str, username: Option<&str>, minutes: i64) -> Text {
    let name = username.map(|username| format!(" {username}")).unwrap_or_default();
    let text = format!(
        "Hello{name},\n\nset a new password here:\n\n{link}\n\n\
         The link works once, for {minutes} minutes. If you did not ask for it, ignore this mail: your password \
         stays as it is.\n"
    );
    ("Set a new password", text)
}

/// There is no link, and the code is of no use without the session that asked for it.
pub(crate) fn confirm_factor(code: &str, site: &str, minutes: i64) -> Text {
    let text = format!(
        "Hello,\n\nsomebody who is signed in to your account at {site} is adding a second factor to it. This is the code \
         that confirms it:\n\n{code}\n\nThe code works once, for {minutes} minutes. If it was not you, give the code to \
         nobody, and change your password: somebody knows it.\n"
    );
    ("Your code to add a second factor", text)
}

/// `site` names the service, such as `app.example.com`. There is no link, so that nobody learns to follow links in mails
/// that look like these.
pub(crate) fn notice(notice: &Notice, site: &str, at: Timestamp) -> Text {
    let (subject, what, advice) = match notice {
        Notice::InvitationAccepted { user, role } => return accepted((*user, *role), site, at),
        notice => of_credentials(notice).or_else(|| of_factors(notice)).unwrap_or_else(|| of_access(notice)),
    };
    let at = at.strftime("%Y-%m-%d at %H:%M UTC");
    let text = format!(
        "Hello,\n\n{what}\n\nThis happened at {site}, on {at}. If you expected it, there is nothing to do. \
         If not: {advice}\n"
    );
    (subject, text)
}

/// The inviter is told which account it is, and never a name that its owner chose.
fn accepted((user, role): (UserId, Option<WishedRole>), site: &str, at: Timestamp) -> Text {
    let wish = match role {
        Some(WishedRole::Staff) => "You wished the role staff for it. ",
        Some(WishedRole::Superuser) => "You wished the role superuser for it. ",
        None => "",
    };
    let at = at.strftime("%Y-%m-%d at %H:%M UTC");
    let text = format!(
        "Hello,\n\nan invitation of yours was accepted: there is a new account with the id {user}. {wish}It has no role. \
         A superuser can give it one.\n\nThis happened at {site}, on {at}. If you invited nobody, somebody else used \
         your account: change your password. That signs out everybody else.\n"
    );
    ("Your invitation was accepted", text)
}

type Sentences = (&'static str, &'static str, &'static str);

/// Subject, event and advice of a changed name or password.
fn of_credentials(notice: &Notice) -> Option<Sentences> {
    Some(match notice {
        Notice::PasswordChanged { .. } => (
            "Your password was changed",
            "The password of your account was changed, and you were signed out everywhere else.",
            "somebody knows your old password. Ask for a link to set a new one, as if you had forgotten it.",
        ),
        Notice::PasswordReset { .. } => (
            "Your password was reset",
            "A new password was set with a link from this mailbox. You were signed out everywhere.",
            "somebody can read your mails. Change the password of this mailbox first, and then that of your account.",
        ),
        Notice::UsernameChanged { .. } => (
            "Your username was changed",
            "The username of your account was changed.",
            "somebody knows your password. Change it: that signs out everybody else.",
        ),
        Notice::EmailAsked { .. } => (
            "Another email address was asked for",
            "Your account is to have another email address. Until that address is confirmed, this one stays.",
            "somebody knows your password. Change it: that keeps this address and signs out everybody else.",
        ),
        Notice::EmailChanged { .. } => (
            "Your email address was changed",
            "Your account has another email address now. This address gets no further mails about it.",
            "somebody knows your password. Contact us at once.",
        ),
        _ => return None,
    })
}

/// Subject, event and advice of what happened to second factors.
fn of_factors(notice: &Notice) -> Option<Sentences> {
    Some(match notice {
        Notice::FactorAdded { .. } => (
            "A second factor was added",
            "Your account has a second factor now: signing in takes your password and a code. You were signed out \
             everywhere.",
            "somebody knows your password and can read your mails. Change the password of this mailbox first, and then \
             contact us.",
        ),
        Notice::FactorRemoved { .. } => (
            "A second factor was removed",
            "A second factor of your account was removed. You were signed out everywhere.",
            "somebody used your account. Change your password, and add a second factor again.",
        ),
        Notice::PasskeyAdded { .. } => (
            "A passkey was added",
            "Your account has another passkey now. It signs in without your password.",
            "somebody used your account. Sign in, remove the passkey, and change your password.",
        ),
        Notice::PasskeyRemoved { .. } => (
            "A passkey was removed",
            "A passkey of your account was removed. You were signed out everywhere.",
            "somebody used your account. Change your password, and add the passkey again.",
        ),
        Notice::RecoveryCodeUsed { .. } => (
            "A recovery code was used",
            "One of your recovery codes was used in place of a code of your authenticator app. It does not work again.",
            "somebody knows your password and your recovery codes. Change your password, and make new recovery codes.",
        ),
        Notice::RecoveryCodesRenewed { .. } => (
            "You have new recovery codes",
            "New recovery codes were made for your account. The old ones do not work any more.",
            "somebody used your account. Change your password, and make new recovery codes.",
        ),
        Notice::CodesGuessed => (
            "Somebody is guessing your codes",
            "Somebody gave several wrong codes for your second factor. Nobody gets that far without your password.",
            "somebody knows your password. Change it.",
        ),
        _ => return None,
    })
}

/// Subject, event and advice of a change of who has access.
fn of_access(notice: &Notice) -> Sentences {
    match notice {
        Notice::SignedIn { .. } => (
            "A new sign-in to your account",
            "Somebody signed in to your account, with a browser or an app that we do not know.",
            "change your password. That signs out everybody else. Then remove passkeys that are not yours.",
        ),
        Notice::SessionReused { .. } => (
            "You were signed out on one device",
            "We signed you out on one device, because somebody may have copied its sign-in.",
            "sign in again. If it happens again, change your password.",
        ),
        Notice::Deactivated => (
            "Your account was closed",
            "An administrator closed your account. You were signed out everywhere.",
            "contact us.",
        ),
        Notice::AccountClosed => (
            "Your account was closed",
            "Your account was closed at your request, and its data are being deleted.",
            "somebody knows your password. Contact us at once.",
        ),
        _ => ("Your roles were changed", "An administrator changed what you may do with your account.", "contact us."),
    }
}

#[cfg(test)]
mod tests {
    use auth::{FactorId, SessionId};

    use super::*;
    use crate::jobs::MailJob;
    use api::Job;

    #[test]
    fn every_notice_has_a_text_without_a_link_and_a_kind_of_its_own() {
        let session = SessionId::nobody();
        let notices = [
            Notice::PasswordChanged { at: 0 },
            Notice::PasswordReset { at: 0 },
            Notice::UsernameChanged { username: "chosen".to_owned() },
            Notice::EmailAsked { epoch: 1 },
            Notice::EmailChanged { epoch: 1 },
            Notice::RolesChanged { is_staff: Some(true), is_superuser: None },
            Notice::SignedIn { session },
            Notice::SessionReused { session },
            Notice::Deactivated,
            Notice::AccountClosed,
            Notice::FactorAdded { factor: FactorId::nobody() },
            Notice::FactorRemoved { factor: FactorId::nobody() },
            Notice::PasskeyAdded { factor: FactorId::nobody() },
            Notice::PasskeyRemoved { factor: FactorId::nobody() },
            Notice::RecoveryCodeUsed { at: 0 },
            Notice::RecoveryCodesRenewed { at: 0 },
            Notice::CodesGuessed,
            Notice::InvitationAccepted { user: UserId::nobody(), role: Some(WishedRole::Staff) },
        ];
        let texts: std::collections::BTreeSet<_> =
            notices.iter().map(|notice| super::notice(notice, "x.org", Timestamp::UNIX_EPOCH)).collect();
        assert_eq!(texts.len(), notices.len());
        for (_, text) in &texts {
            assert!(text.contains("x.org, on 1970-01-01 at 00:00 UTC."), "{text}");
            assert!(!text.contains("://") && !text.contains("chosen"), "{text}");
        }
        let kinds: Vec<_> = notices.iter().map(Notice::kind).collect();
        let of_notices = MailJob::KINDS.iter().filter(|kind| kind.starts_with("notice_"));
        assert_eq!(of_notices.copied().collect::<Vec<_>>(), kinds);
    }
}
