//! Handles the mail queue: looks up the recipient of each mail and sends the mail.

use api::{Context, Done, Error, HOUR, Limit, Limiter, Result, Worker, per_subject};
use auth::MailToken;
use identity::{
    Delivery, LoginName, LoginNames, MailJob, MailTokens, Mails, Purpose, Recipient, Recipients, ResetPassword,
};
use identity::{VerifyEmail, mailbox_subject};
use mail::Letter;

/// The worker of the mail queue.
pub struct MailSend;

api::parts! {
    /// The parts of a mail.
    pub struct Uses {
        names: LoginNames,
        recipients: Recipients,
        tokens: MailTokens,
        mails: Mails,
        limiter: Limiter,
    }
}

/// Limit on links to set a new password, per account. Further requests are dropped silently, so that callers can't
/// learn whether the account exists. Links that were sent stay valid.
const RESETS: Limit = per_subject(3, HOUR);
/// Limit on links that verify an email, per account and per address, so that no mailbox is flooded.
const VERIFICATIONS: Limit = per_subject(3, HOUR);
/// Marks a counter in which a mail is counted that may not have been sent.
const UNCLEAR: Limit = per_subject(1, HOUR);

impl Worker for MailSend {
    type Job = MailJob;
    type Uses = Uses;

    async fn handle(context: &Context, uses: Uses, job: MailJob) -> Result<Done> {
        match job {
            MailJob::ResetPassword { email, asked_at } if is_recent(context, asked_at) => {
                reset_password(context, &uses, &email).await
            }
            // Too old: the user gave up or asked again.
            MailJob::ResetPassword { .. } => Ok(Done::Expired),
            MailJob::VerifyEmail { user_id } => match uses.recipients.find(user_id).await? {
                Some(recipient) if !recipient.email_verified() => verify_email(context, &uses, &recipient).await,
                _ => Ok(Done::Ok),
            },
        }
    }
}

fn is_recent(context: &Context, asked_at: i64) -> bool {
    context.clock().now().as_millisecond().saturating_sub(asked_at) < ResetPassword::LIFE.as_millis() as i64
}

/// Only verified addresses are mailed. Otherwise the owner of a mailbox could take over an account that a stranger
/// signed up with that address.
async fn reset_password(context: &Context, uses: &Uses, email: &str) -> Result<Done> {
    let Some(user) = uses.names.find(&LoginName::of_sign_in(email)).await? else { return Ok(Done::Ok) };
    let Some(recipient) = uses.recipients.find(user).await? else { return Ok(Done::Ok) };
    if !recipient.email_verified() || !recipient.email().eq_ignore_ascii_case(email) {
        return Ok(Done::Ok);
    }
    let counters = [RESETS.key("mail reset_password", &user.to_string(), "")];
    let letter =
        |token: &str| uses.mails.reset_password(recipient.email(), recipient.username(), token, ResetPassword::LIFE);
    within(context, uses, RESETS, &counters, send::<ResetPassword>(context, uses, &recipient, letter)).await
}

async fn verify_email(context: &Context, uses: &Uses, recipient: &Recipient) -> Result<Done> {
    let mailbox = mailbox_subject(recipient.email());
    let counters = [
        VERIFICATIONS.key("mail verify_email", &recipient.user_id().to_string(), ""),
        VERIFICATIONS.key("mail verify_email to", &mailbox, ""),
    ];
    let letter = |token: &str| uses.mails.verify_email(recipient.email(), token, VerifyEmail::LIFE);
    within(context, uses, VERIFICATIONS, &counters, send::<VerifyEmail>(context, uses, recipient, letter)).await
}

/// Sends the mail if all counters allow it. The counts of a mail that was certainly not sent are given back.
async fn within(
    context: &Context,
    uses: &Uses,
    limit: Limit,
    counters: &[String],
    send: impl Future<Output = Result<Delivery>>,
) -> Result<Done> {
    let mut counted = Vec::new();
    let (delivery, full) = match count(context, uses, limit, counters, &mut counted).await {
        Ok(None) => (send.await.map(Some), None),
        Ok(full) => (Ok(None), full),
        Err(error) => (Err(error), None),
    };
    // A mail without a usable answer may have been sent. It stays counted, so that its repeats can't flood a mailbox.
    if !matches!(delivery, Ok(Some(Delivery::Sent | Delivery::Unclear(_)))) {
        for counter in &counted {
            uses.limiter.refund(counter, limit).await;
        }
    }
    match delivery? {
        Some(Delivery::Sent) => Ok(Done::Ok),
        Some(Delivery::Refused(_)) => Ok(Done::Refused),
        Some(Delivery::Unclear(cause)) => {
            for counter in counted {
                uses.limiter.try_acquire(&mark(counter), UNCLEAR, &**context.clock()).await?;
            }
            Err(Error::Internal(cause))
        }
        None => withhold(context, uses, full).await,
    }
}

/// Ends the job of a mail that the user asked for too often. If the counter is full of tries without a usable answer,
/// the user may have got no mail at all. Then the job is tried again.
async fn withhold(context: &Context, uses: &Uses, full: Option<&str>) -> Result<Done> {
    if let Some(mark) = full.map(mark) {
        if !uses.limiter.try_acquire(&mark, UNCLEAR, &**context.clock()).await? {
            return Err(Error::Internal("the limit is used up by mails that may not have been sent".to_owned()));
        }
        uses.limiter.refund(&mark, UNCLEAR).await;
    }
    tracing::warn!(event = "mail_withheld", reason = "limit");
    Ok(Done::Withheld)
}

/// The key of the mark of a counter.
fn mark(counter: &str) -> String {
    format!("unclear {counter}")
}

/// Counts the mail against each counter, until one refuses, and returns that one. `counted` lists the counters that
/// took it.
async fn count<'a>(
    context: &Context,
    uses: &Uses,
    limit: Limit,
    counters: &'a [String],
    counted: &mut Vec<&'a str>,
) -> Result<Option<&'a str>> {
    for counter in counters {
        if !uses.limiter.try_acquire(counter, limit, &**context.clock()).await? {
            return Ok(Some(counter));
        }
        counted.push(counter);
    }
    Ok(None)
}

async fn send<P: Purpose>(
    context: &Context,
    uses: &Uses,
    to: &Recipient,
    letter: impl Fn(&str) -> Letter,
) -> Result<Delivery> {
    let token = MailToken::new(to.user_id(), &**context.entropy())?;
    uses.tokens.insert::<P>(to, &token, context.clock().now()).await?;
    let delivery = uses.mails.send(context, &letter(&token.to_text())).await?;
    match &delivery {
        Delivery::Sent => tracing::info!(event = "mail_sent", user = %to.user_id(), purpose = P::NAME),
        Delivery::Refused(code) => {
            tracing::warn!(event = "mail_refused", user = %to.user_id(), purpose = P::NAME, reason = code);
        }
        Delivery::Unclear(_) => {}
    }
    Ok(delivery)
}

pub fn main() -> std::process::ExitCode {
    identity::serve_worker::<MailSend>("mail_send")
}
