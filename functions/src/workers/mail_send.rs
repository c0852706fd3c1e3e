//! Handles the mail queue: looks up the recipient of each mail and sends the mail.

use std::fmt::Display;

use api::{Context, Done, HOUR, Limit, Result, Worker, per_subject};
use auth::{MailToken, UserId};
use identity::{
    Delivery, LoginName, LoginNames, MailBudget, MailJob, MailLimits, MailTokens, Mails, Notice, Purpose, Recipient,
    Recipients, ResetPassword, Sessions, VerifyEmail, mailbox_subject,
};
use mail::Letter;

/// The worker of the mail queue.
pub struct MailSend;

api::parts! {
    /// The parts of a mail.
    pub struct Uses {
        names: LoginNames,
        recipients: Recipients,
        sessions: Sessions,
        tokens: MailTokens,
        mails: Mails,
        limits: MailLimits,
    }
}

/// Limit on links to set a new password, per account. Further requests are dropped silently, so that callers can't
/// learn whether the account exists. Links that were sent stay valid.
const RESETS: Limit = per_subject(3, HOUR);
/// Limit on links that verify an email, per account and per address, so that no mailbox is flooded.
const VERIFICATIONS: Limit = per_subject(3, HOUR);
/// Limit on notices, per account and kind.
const NOTICES: Limit = per_subject(5, HOUR);

impl Worker for MailSend {
    type Job = MailJob;
    type Uses = Uses;

    async fn handle(context: &Context, uses: Uses, job: MailJob) -> Result<Done> {
        match job {
            MailJob::ResetPassword { email, asked_at } if is_recent(context, asked_at) => {
                reset_password(context, &uses, &email, asked_at).await
            }
            // Too old: the user gave up or asked again.
            MailJob::ResetPassword { .. } => Ok(Done::Expired),
            MailJob::VerifyEmail { user_id, asked_at } => match uses.recipients.find(user_id).await? {
                Some(recipient) if !recipient.email_verified() => {
                    verify_email(context, &uses, &recipient, asked_at).await
                }
                _ => Ok(Done::Ok),
            },
            MailJob::Notify { user_id, email, notice, asked_at } => {
                notify(context, &uses, (user_id, email), &notice, asked_at).await
            }
        }
    }
}

fn is_recent(context: &Context, asked_at: i64) -> bool {
    context.clock().now().as_millisecond().saturating_sub(asked_at) < ResetPassword::LIFE.as_millis() as i64
}

/// Only verified addresses are mailed. Otherwise the owner of a mailbox could take over an account that a stranger
/// signed up with that address.
async fn reset_password(context: &Context, uses: &Uses, email: &str, asked_at: i64) -> Result<Done> {
    let Some(user) = uses.names.find(&LoginName::of_sign_in(email)).await? else { return Ok(Done::Ok) };
    let Some(recipient) = uses.recipients.find(user).await? else { return Ok(Done::Ok) };
    if !recipient.email_verified() || !recipient.email().eq_ignore_ascii_case(email) {
        return Ok(Done::Ok);
    }
    let budget = MailBudget {
        limit: RESETS,
        counters: vec![RESETS.key("mail reset_password", &user.to_string(), "")],
        request: Some(request("reset_password", user, asked_at)),
    };
    let letter =
        |token: &str| uses.mails.reset_password(recipient.email(), recipient.username(), token, ResetPassword::LIFE);
    let send = send_token::<ResetPassword>(context, uses, &recipient, letter);
    uses.limits.send(context, &budget, send).await
}

async fn verify_email(context: &Context, uses: &Uses, to: &Recipient, asked_at: Option<i64>) -> Result<Done> {
    let mailbox = mailbox_subject(to.email());
    let budget = MailBudget {
        limit: VERIFICATIONS,
        counters: vec![
            VERIFICATIONS.key("mail verify_email", &to.user_id().to_string(), ""),
            VERIFICATIONS.key("mail verify_email to", &mailbox, ""),
        ],
        request: asked_at.map(|at| request("verify_email", to.user_id(), at)),
    };
    let letter = |token: &str| uses.mails.verify_email(to.email(), token, VerifyEmail::LIFE);
    uses.limits.send(context, &budget, send_token::<VerifyEmail>(context, uses, to, letter)).await
}

/// Only verified addresses are told about an account: the owner of another mailbox may be a stranger.
async fn notify(
    context: &Context,
    uses: &Uses,
    (user, email): (UserId, Option<String>),
    notice: &Notice,
    asked_at: i64,
) -> Result<Done> {
    let Some(address) = uses.recipients.address_for(user, notice, email).await? else { return Ok(Done::Ok) };
    if !uses.sessions.bear_out(user, notice, context.clock().now()).await? {
        return Ok(Done::Ok);
    }
    let kind = notice.kind();
    let budget = MailBudget {
        limit: NOTICES,
        counters: vec![NOTICES.key(&format!("mail {kind}"), &user.to_string(), "")],
        request: Some(request(kind, user, notice.fact(asked_at))),
    };
    let letter = uses.mails.notice(&address, notice, asked_at);
    uses.limits.send(context, &budget, send(context, uses, user, kind, &letter)).await
}

/// The name of a request for a mail. `of` tells the request from others of the same kind and user.
fn request(kind: &str, user: UserId, of: impl Display) -> String {
    format!("{kind} {user} {of}")
}

async fn send_token<P: Purpose>(
    context: &Context,
    uses: &Uses,
    to: &Recipient,
    letter: impl Fn(&str) -> Letter,
) -> Result<Delivery> {
    let token = MailToken::new(to.user_id(), &**context.entropy())?;
    uses.tokens.insert::<P>(to, &token, context.clock().now()).await?;
    send(context, uses, to.user_id(), P::NAME, &letter(&token.to_text())).await
}

async fn send(context: &Context, uses: &Uses, user: UserId, purpose: &str, letter: &Letter) -> Result<Delivery> {
    let delivery = uses.mails.send(context, letter).await?;
    match &delivery {
        Delivery::Sent => tracing::info!(event = "mail_sent", %user, purpose),
        Delivery::Refused(code) => tracing::warn!(event = "mail_refused", %user, purpose, reason = code),
        Delivery::Unclear(_) => {}
    }
    Ok(delivery)
}

pub fn main() -> std::process::ExitCode {
    identity::serve_worker::<MailSend>("mail_send")
}
