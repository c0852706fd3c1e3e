//! Works off the mail queue: looks up whom a mail is for, and sends it.

use api::{App, Error, HOUR, Job, Limit, QueueName, Result, Settings, Worker, per_subject};
use auth::MailToken;
use mail::{Letter, Mailer};
use store::{Identity, Purpose, Recipient};

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
    const QUEUE: QueueName = QueueName::Mail;

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
            Job::ResetPassword { email } => self.reset_password(&email).await,
            Job::VerifyEmail { user_id } => match self.app.users.recipient(user_id).await? {
                Some(recipient) if !recipient.email_verified() => self.verify_email(&recipient).await,
                _ => Ok(()),
            },
            Job::Erase { .. } => Err(Error::Internal("no job for this queue".to_owned())),
        }
    }
}

impl MailSend {
    /// Only verified addresses are mailed: nobody gets into an account by having signed up with somebody else's.
    async fn reset_password(&self, email: &str) -> Result<()> {
        let Some(user) = self.app.identities.find(&Identity::of_sign_in(email)).await? else { return Ok(()) };
        let Some(recipient) = self.app.users.recipient(user).await? else { return Ok(()) };
        if !recipient.email_verified() || !recipient.email().eq_ignore_ascii_case(email) {
            return Ok(());
        }
        let counters = [RESETS.key("mail reset_password", &user.to_string(), "")];
        self.within(RESETS, &counters, self.send(&recipient, Purpose::ResetPassword, Letter::reset_password)).await
    }

    async fn verify_email(&self, recipient: &Recipient) -> Result<()> {
        let mailbox = recipient.email().to_ascii_lowercase();
        let counters = [
            VERIFICATIONS.key("mail verify_email", &recipient.user_id().to_string(), ""),
            VERIFICATIONS.key("mail verify_email to", &mailbox, ""),
        ];
        self.within(VERIFICATIONS, &counters, self.send(recipient, Purpose::VerifyEmail, Letter::verify_email)).await
    }

    /// Sends, if all counters have room. What was counted for nothing is given back: the job comes again, and would be
    /// counted again.
    async fn within(&self, limit: Limit, counters: &[String], send: impl Future<Output = Result<()>>) -> Result<()> {
        for counter in counters {
            if !self.app.limiter.admits(counter, limit, self.app.clock.now()).await? {
                tracing::warn!(event = "rate_limited", limit = "mail");
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

    async fn send(
        &self,
        to: &Recipient,
        purpose: Purpose,
        letter: impl Fn(&str, &str, &str, &str, jiff::SignedDuration) -> Letter,
    ) -> Result<()> {
        let (now, entropy) = (self.app.clock.now(), &*self.app.entropy);
        let token = MailToken::new(to.user_id(), entropy)?;
        self.app.mail_tokens.insert(to, &token, purpose, now).await?;
        let letter = letter(to.email(), to.username(), &self.link_base, &token.to_text(), purpose.life());
        let id = auth::uuid_v7(now, entropy)?;
        self.mailer.send(&letter, id, now).await.map_err(|error| Error::Internal(error.to_string()))?;
        tracing::info!(event = "mail_sent", user = %to.user_id(), purpose = ?purpose);
        Ok(())
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve_worker::<MailSend>("mail_send")
}
