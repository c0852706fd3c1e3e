use std::path::PathBuf;

use api::{Context, Error, Part, PartInfo, Permit, Result};
use jiff::{SignedDuration, Timestamp};
use mail::{Letter, Mailer};

use crate::mail_texts;
use crate::names::Email;
use crate::notice::Notice;

/// What became of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It was sent.
    Sent,
    /// The mail service refuses the letter for good, with this error code. Or `address`: there is no plain address.
    Refused(String),
    /// There was no usable answer, so the letter may have been sent.
    Unclear(String),
}

/// Sends identity's mails. Links start with `LINK_BASE`, never with data from a request.
#[derive(Clone, Debug)]
pub struct Mails {
    mailer: Mailer,
    link_base: String,
}

impl Mails {
    /// The letter that asks the owner of a mailbox to confirm the address. The letter contains no text from the
    /// sign-up, because the mailbox may belong to a stranger.
    pub fn verify_email(&self, to: &str, token: &str, life: SignedDuration) -> Letter {
        letter(to, mail_texts::verify_email(&self.link("verify-email", token), life.as_hours()))
    }

    /// The letter that reminds the owner of a mailbox to confirm the address.
    pub fn remind_to_verify(&self, to: &str, token: &str, life: SignedDuration) -> Letter {
        letter(to, mail_texts::remind_to_verify(&self.link("verify-email", token), life.as_hours()))
    }

    /// The letter that lets the owner of an account set a new password.
    /// `username` is given for a verified address alone: a stranger may have chosen it.
    pub fn reset_password(&self, to: &str, username: Option<&str>, token: &str, life: SignedDuration) -> Letter {
        letter(to, mail_texts::reset_password(&self.link("reset-password", token), username, life.as_mins()))
    }

    /// The letter that invites somebody to make an account. It contains no text from the invitation.
    pub fn accept_invitation(&self, to: &str, token: &str, life: SignedDuration) -> Letter {
        let days = life.as_hours() / 24;
        letter(to, mail_texts::accept_invitation(&self.link("accept-invitation", token), self.site(), days))
    }

    /// The letter to somebody who is invited and has an account already.
    pub fn invited_with_account(&self, to: &str) -> Letter {
        letter(to, mail_texts::invited_with_account(self.site()))
    }

    /// The letter with the code that confirms a second factor.
    pub fn confirm_factor(&self, to: &str, code: &str, life: SignedDuration) -> Letter {
        letter(to, mail_texts::confirm_factor(code, self.site(), life.as_mins()))
    }

    /// The letter that tells the owner of an account what happened.
    /// `at` is the time of the request, in milliseconds since 1970.
    pub fn notice(&self, to: &str, notice: &Notice, at: i64) -> Letter {
        letter(to, mail_texts::notice(notice, self.site(), Timestamp::from_millisecond(at).unwrap_or_default()))
    }

    /// Sends a letter.
    ///
    /// # Errors
    /// When the letter was not sent, and can be sent later.
    pub async fn send(&self, context: &Context, letter: &Letter) -> Result<Delivery> {
        // Stored under older rules, or by another program. Some text would be taken for several addresses.
        // And no mailbox is below `.invalid` (RFC 2606): the email of an account was freed.
        if Email::parse(&letter.to).is_err() || letter.to.ends_with(".invalid") {
            return Ok(Delivery::Refused("address".to_owned()));
        }
        let now = context.clock().now();
        let id = auth::uuid_v7(now, &**context.entropy())?;
        match self.mailer.send(letter, id, now).await {
            Ok(()) => Ok(Delivery::Sent),
            Err(mail::Error::Refused(code)) => Ok(Delivery::Refused(code)),
            Err(unclear @ mail::Error::Unclear(_)) => Ok(Delivery::Unclear(unclear.to_string())),
            Err(error) => Err(Error::Internal(error.to_string())),
        }
    }

    /// The name of the service: the host in `LINK_BASE`. Some mail programs make a link of it.
    fn site(&self) -> &str {
        let site = self.link_base.split_once("://").map_or(self.link_base.as_str(), |(_, site)| site);
        site.split('/').next().unwrap_or(site)
    }

    /// The token is in the fragment, which browsers never send to a server.
    fn link(&self, page: &str, token: &str) -> String {
        format!("{}/{page}#token={token}", self.link_base)
    }
}

fn letter(to: &str, (subject, text): mail_texts::Text) -> Letter {
    Letter { to: to.to_owned(), subject, text }
}

impl Part for Mails {
    const DATABASE: bool = false;

    fn build(context: &Context, permit: &Permit) -> Result<Self> {
        let settings = context.settings(permit);
        let environment = &settings.environment;
        let from = environment.required("MAIL_FROM")?;
        Email::parse(&from).map_err(|rule| Error::setting("MAIL_FROM", rule))?;
        let mailer = match environment.optional("MAIL_OUTBOX") {
            Some(directory) => Mailer::outbox(&from, PathBuf::from(directory)),
            None => Mailer::ses(&from, &settings.connection, environment.endpoint("SESV2")),
        };
        let link_base = environment.required("LINK_BASE")?.trim_end_matches('/').to_owned();
        Ok(Self { mailer, link_base })
    }

    fn list(into: &mut Vec<PartInfo>) {
        into.push(PartInfo { name: "Mails", tables: &[], variables: &["MAIL_FROM", "LINK_BASE"] });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_start_with_the_base_and_end_with_the_token() {
        let mails = |base: &str| Mails { mailer: Mailer::outbox("me@example.com", "none"), link_base: base.to_owned() };
        let life = SignedDuration::from_mins(30);
        let letter = mails("https://app.example.com").reset_password("a@b", Some("ada"), "T.1", life);
        assert!(letter.text.contains("\nhttps://app.example.com/reset-password#token=T.1\n"), "{}", letter.text);
        assert!(letter.text.contains("for 30 minutes"), "{}", letter.text);
        let letter = mails("https://x").verify_email("a@b", "T", SignedDuration::from_hours(24));
        assert!(letter.text.contains("\nhttps://x/verify-email#token=T\n") && letter.text.contains("24 hours"));
    }
}
