//! Works off the mail queue: looks up whom a mail is for, and sends it.

use api::{App, Error, HOUR, Job, Limit, Result, Settings, Worker, mailbox_subject, per_subject};
use auth::MailToken;
use mail::{Letter, Mailer};
use store::{Identity, Purpose, Recipient, ResetPassword, VerifyEmail};

/// The worker of the mail queue.
pub struct MailSend {
    app: App,
    mailer: Mailer,
    link_base: String,
}

/// Links to set a new password, per account. Beyond that silently none: whoever asked is not told that it exists, and
/// those that were sent stay good.
const RESETS: Limit = per_subject(3, HOUR);
/// Links that verify an email, per account and per address: nobody's mailbox is to be filled.
const VERIFICATIONS: Limit = per_subject(3, HOUR);

impl Worker for MailSend {
    fn new(app: App, settings: &Settings) -> Result<Self> {
        let missing = || Error::Setting { name: "MAIL_FROM", problem: "is not set".to_owned() };
        let mail = settings.mail.as_ref().ok_or_else(missing)?;
        let mailer = match &mail.outbox {
            Some(directory) => Mailer::outbox(&mail.from, directory),
            None => Mailer::ses(&mail.from, &settings.connection, mail.endpoint.clone()),
        };
        Ok(Self { app, mailer, link_base: mail.link_base.clone() })
    }

    async fn work(&self, job: Job) -> Result<()> {
        match job {
            Job::ResetPassword { email, asked_at } if self.is_recent(asked_at) => self.reset_password(&email).await,
            // Too late for whoever asked: they gave up, or asked again.
            Job::ResetPassword { .. } => Ok(()),
            Job::VerifyEmail { user_id } => match self.app.users.recipient(user_id).await? {
                Some(recipient) if !recipient.email_verified() => self.verify_email(&recipient).await,
                _ => Ok(()),
            },
            Job::Erase { .. } => Err(Error::Internal("no job for this queue".to_owned())),
        }
    }
}

impl MailSend {
    fn is_recent(&self, asked_at: i64) -> bool {
        self.app.clock.now().as_millisecond().saturating_sub(asked_at) < ResetPassword::LIFE.as_millis() as i64
    }

    /// Only verified addresses are mailed: nobody gets into an account by having signed up with somebody else's.
    async fn reset_password(&self, email: &str) -> Result<()> {
        let Some(user) = self.app.identities.find(&Identity::of_sign_in(email)).await? else { return Ok(()) };
        let Some(recipient) = self.app.users.recipient(user).await? else { return Ok(()) };
        if !recipient.email_verified() || !recipient.email().eq_ignore_ascii_case(email) {
            return Ok(());
        }
        let counters = [RESETS.key("mail reset_password", &user.to_string(), "")];
        let letter = |token: &str| {
            Letter::reset_password(recipient.email(), recipient.username(), &self.link_base, token, ResetPassword::LIFE)
        };
        self.within(RESETS, &counters, self.send::<ResetPassword>(&recipient, letter)).await
    }

    async fn verify_email(&self, recipient: &Recipient) -> Result<()> {
        let mailbox = mailbox_subject(recipient.email());
        let counters = [
            VERIFICATIONS.key("mail verify_email", &recipient.user_id().to_string(), ""),
            VERIFICATIONS.key("mail verify_email to", &mailbox, ""),
        ];
        let letter = |token: &str| Letter::verify_email(recipient.email(), &self.link_base, token, VerifyEmail::LIFE);
        self.within(VERIFICATIONS, &counters, self.send::<VerifyEmail>(recipient, letter)).await
    }

    /// Sends, if all counters have room. What was counted for nothing is given back: the job comes again, and would be
    /// counted again.
    async fn within(&self, limit: Limit, counters: &[String], send: impl Future<Output = Result<()>>) -> Result<()> {
        for counter in counters {
            if !self.app.limiter.admits(counter, limit, &*self.app.clock).await? {
                tracing::warn!(event = "mail_withheld", reason = "limit");
                return Ok(());
            }
        }
        let sent = send.await;
        if sent.is_err() {
            for counter in counters {
                self.app.limiter.give_back(counter, limit).await;
            }
        }
        sent
    }

    async fn send<P: Purpose>(&self, to: &Recipient, letter: impl Fn(&str) -> Letter) -> Result<()> {
        let (now, entropy) = (self.app.clock.now(), &*self.app.entropy);
        let token = MailToken::new(to.user_id(), entropy)?;
        self.app.mail_tokens.insert::<P>(to, &token, now).await?;
        let id = auth::uuid_v7(now, entropy)?;
        let sent = self.mailer.send(&letter(&token.to_text()), id, now).await;
        sent.map_err(|error| Error::Internal(error.to_string()))?;
        tracing::info!(event = "mail_sent", user = %to.user_id(), purpose = P::NAME);
        Ok(())
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve_worker::<MailSend>("mail_send")
}
