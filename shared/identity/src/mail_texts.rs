//! The texts of all mails. They contain nothing that a user chose, except the username in a mail that its owner asked for.

use crate::notice::Notice;

/// A subject and a text.
pub(crate) type Text = (&'static str, String);

pub(crate) fn verify_email(link: &str, hours: i64) -> Text {
    let text = format!(
        "Hello,\n\nplease confirm that this address is yours:\n\n{link}\n\n\
         The link works once, for {hours} hours. If you did not ask for it, ignore this mail.\n"
    );
    ("Please confirm your email address", text)
}

pub(crate) fn reset_password(link: &str, username: &str, minutes: i64) -> Text {
    let text = format!(
        "Hello {username},\n\nset a new password here:\n\n{link}\n\n\
         The link works once, for {minutes} minutes. If you did not ask for it, ignore this mail: your password \
         stays as it is.\n"
    );
    ("Set a new password", text)
}

/// `site` names the service, such as `app.example.com`. There is no link, so that nobody learns to follow links in mails
/// that look like these.
pub(crate) fn notice(notice: &Notice, site: &str) -> Text {
    let (subject, what, advice) = sentences(notice);
    let text = format!(
        "Hello,\n\n{what}\n\nThe account is at {site}. If you expected this mail, there is nothing to do. \
         Otherwise: {advice}\n"
    );
    (subject, text)
}

fn sentences(notice: &Notice) -> (&'static str, &'static str, &'static str) {
    match notice {
        Notice::PasswordChanged { .. } => (
            "Your password was changed",
            "The password of your account was changed. All other sessions have ended.",
            "somebody knows your old password. Ask for a link to set a new one, and look at your sessions.",
        ),
        Notice::PasswordReset { .. } => (
            "Your password was reset",
            "A new password was set with a link that was mailed to this address. All sessions have ended.",
            "somebody may be able to read your mails. Secure this mailbox first, and then set a new password.",
        ),
        Notice::UsernameChanged { .. } => (
            "Your username was changed",
            "The username of your account was changed.",
            "somebody knows your password. Change it.",
        ),
        Notice::EmailChanged { .. } => (
            "Your email address was changed",
            "Your account has another email address now. No further mails about the account come to this address.",
            "somebody knows your password. Tell the operators of the service at once.",
        ),
        Notice::RolesChanged { .. } => (
            "Your roles were changed",
            "An administrator changed the roles of your account.",
            "ask the operators of the service.",
        ),
        Notice::SignedIn { .. } => (
            "A new sign-in to your account",
            "Somebody signed in to your account with the password, from a browser that was not used before.",
            "change your password. That ends all other sessions.",
        ),
        Notice::SessionReused { .. } => (
            "A session of your account was ended",
            "A session of your account was ended, because one of its tokens was used twice. Somebody may have copied it.",
            "sign in again, and look at your sessions. If it happens again, change your password.",
        ),
        Notice::AccountClosed { .. } => (
            "Your account was closed",
            "Your account was closed, as its owner asked, and its data will be deleted in a moment.",
            "somebody knows your password. Tell the operators of the service at once.",
        ),
    }
}
