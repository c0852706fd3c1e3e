//! Handles the mail queue: looks up the recipient of each mail and sends the mail.

use std::fmt::Display;

use api::{Context, Done, HOUR, Limit, Result, Worker, per_subject};
use auth::{FactorId, MailToken, MailedCode, UserId};
use identity::{
    AcceptInvitation, Delivery, Invitees, LoginName, LoginNames, MailBudget, MailJob, MailLimits, MailTokens, Mails,
    Notice, Purpose, Recipient, Recipients, ResetPassword, Sessions, VerifyEmail, WAITS, WaitingFactors,
    mailbox_subject,
};
use jiff::SignedDuration;
use mail::Letter;

/// The worker of the mail queue.
pub struct MailSend;

api::parts! {
    /// The parts of a mail.
    pub struct Uses {
        names: LoginNames,
        recipients: Recipients,
        invitees: Invitees,
        sessions: Sessions,
        tokens: MailTokens,
        mails: Mails,
        waiting: WaitingFactors,
        limits: MailLimits,
    }
}

/// Limit on links to set a new password, per account. Further requests are dropped silently, so that callers can't
/// learn whether the account exists. Links that were sent stay valid.
const RESETS: Limit = per_subject(3, HOUR);
/// Limit on links that verify an email, per account and per address, so that no mailbox is flooded.
const VERIFICATIONS: Limit = per_subject(3, HOUR);
/// Limit on invitations, per address.
const INVITATIONS: Limit = per_subject(3, HOUR);
/// Limit on codes that confirm a second factor, per account: as many as one can ask for.
const CONFIRMATIONS: Limit = per_subject(10, HOUR);
/// Limit on notices of accepted invitations, per inviter: as many as one can invite.
const ACCEPTANCES: Limit = per_subject(20, HOUR);
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
            MailJob::VerifyEmail { user_id, pending_epoch, asked_at } => {
                let Some(to) = uses.recipients.find(user_id).await? else { return Ok(Done::Ok) };
                match pending_epoch {
                    Some(epoch) => match to.at_pending(epoch) {
                        Some(to) => verify_email(context, &uses, &to, asked_at).await,
                        None => Ok(Done::Ok),
                    },
                    None if to.email_verified() => Ok(Done::Ok),
                    None => verify_email(context, &uses, &to, asked_at).await,
                }
            }
            MailJob::RemindToVerify { user_id } => match uses.recipients.find(user_id).await? {
                Some(to) if to.never_verified() => remind_to_verify(context, &uses, &to).await,
                _ => Ok(Done::Ok),
            },
            MailJob::Invite { invitation_id, asked_at } => invite(context, &uses, invitation_id, asked_at).await,
            MailJob::ConfirmFactor { user_id, factor_id, .. } => {
                confirm_factor(context, &uses, user_id, factor_id).await
            }
            MailJob::Notify { user_id, email, notice, asked_at } => {
                notify(context, &uses, (user_id, email), &notice, asked_at).await
            }
        }
    }
}

fn is_recent(context: &Context, asked_at: i64) -> bool {
    context.clock().now().as_millisecond().saturating_sub(asked_at) < ResetPassword::LIFE.as_millis() as i64
}

/// The mailbox wins: an address that nobody ever verified is mailed, too, and the link verifies it. Its owner gets the account
/// that a stranger may have made. An account whose email was changed under earlier rules, or that has a role, is not given
/// away like that: its email may be mistyped.
async fn reset_password(context: &Context, uses: &Uses, email: &str, asked_at: i64) -> Result<Done> {
    let Some(user) = uses.names.find(&LoginName::of_sign_in(email)).await? else { return Ok(Done::Ok) };
    let Some(to) = uses.recipients.find(user).await? else { return Ok(Done::Ok) };
    if !(to.email_verified() || to.never_verified()) || !to.email().eq_ignore_ascii_case(email) {
        return Ok(Done::Ok);
    }
    let request = Some(request("reset_password", user, asked_at));
    let (budget, username) = match to.email_verified() {
        true => {
            let counters = vec![RESETS.key("mail reset_password", &user.to_string(), "")];
            (MailBudget { limit: RESETS, counters, request }, Some(to.username()))
        }
        false => (unverified_budget("reset_unverified", &to, request), None),
    };
    let letter = |token: &str| uses.mails.reset_password(to.email(), username, token, ResetPassword::LIFE);
    let send = send_token::<ResetPassword>(context, uses, &to, letter);
    let done = uses.limits.send(context, &budget, send).await?;
    begin_time(context, uses, &to, done).await
}

/// What a mail to an address that is not verified is counted as. Each kind has counters of its own, so that strangers, who can
/// ask for one kind, keep no mail of another from the mailbox.
fn unverified_budget(kind: &str, to: &Recipient, request: Option<String>) -> MailBudget {
    MailBudget {
        limit: VERIFICATIONS,
        counters: vec![
            VERIFICATIONS.key(&format!("mail {kind}"), &to.user_id().to_string(), ""),
            VERIFICATIONS.key(&format!("mail {kind} to"), &mailbox_subject(to.email()), ""),
        ],
        request,
    }
}

async fn verify_email(context: &Context, uses: &Uses, to: &Recipient, asked_at: Option<i64>) -> Result<Done> {
    let kind = if to.pending_epoch().is_some() { "verify_pending_email" } else { "verify_email" };
    let budget = unverified_budget(kind, to, asked_at.map(|at| request(kind, to.user_id(), at)));
    let letter = |token: &str| uses.mails.verify_email(to.email(), token, VerifyEmail::LIFE);
    let done = uses.limits.send(context, &budget, send_token::<VerifyEmail>(context, uses, to, letter)).await?;
    begin_time(context, uses, to, done).await
}

/// Since its first link, an account has some days to be verified. A link that is withheld counts, too: otherwise many
/// accounts for one mailbox would never end. Before it ends, the account gets a link in a reminder.
async fn begin_time(context: &Context, uses: &Uses, to: &Recipient, done: Done) -> Result<Done> {
    if to.never_verified() && matches!(done, Done::Ok | Done::Withheld) {
        uses.recipients.first_link_sent(to, context.clock().now()).await?;
    }
    Ok(done)
}

/// The account ends two days after this mail, and not before: a mail that fails is queued again.
async fn remind_to_verify(context: &Context, uses: &Uses, to: &Recipient) -> Result<Done> {
    let (kind, user) = ("remind_to_verify", to.user_id());
    let budget = unverified_budget(kind, to, Some(request(kind, user, "")));
    let letter = |token: &str| uses.mails.remind_to_verify(to.email(), token, VerifyEmail::LIFE);
    let done = uses.limits.send(context, &budget, send_token::<VerifyEmail>(context, uses, to, letter)).await?;
    match done {
        Done::Ok | Done::Refused => uses.recipients.reminded(user, context.clock().now()).await?,
        // Within a day, at a time of its own: the accounts of one mailbox must not keep all others waiting.
        Done::Withheld => {
            let [byte] = auth::random::<1>(&**context.entropy())?;
            let later = SignedDuration::from_hours(1 + i64::from(byte % 24));
            uses.recipients.reminder_withheld(user, later).await?;
        }
        _ => {}
    }
    Ok(done)
}

/// An address that has an account gets no token.
async fn invite(context: &Context, uses: &Uses, id: UserId, asked_at: i64) -> Result<Done> {
    let now = context.clock().now();
    let Some(to) = uses.invitees.find(id, now).await? else { return Ok(Done::Ok) };
    let budget = MailBudget {
        limit: INVITATIONS,
        counters: vec![INVITATIONS.key("mail invite to", &mailbox_subject(to.email()), "")],
        request: Some(request("invite", id, asked_at)),
    };
    let send = async {
        if to.has_account() {
            return send(context, uses, id, "invited_with_account", &uses.mails.invited_with_account(to.email())).await;
        }
        let token = MailToken::new(id, &**context.entropy())?;
        uses.tokens.insert::<AcceptInvitation>(&to, &token, now).await?;
        let letter = uses.mails.accept_invitation(to.email(), &token.to_text(), AcceptInvitation::LIFE);
        send(context, uses, id, AcceptInvitation::NAME, &letter).await
    };
    uses.limits.send(context, &budget, send).await
}

/// The code is made here, so that no queue has it. Only the owner of the verified address gets it.
async fn confirm_factor(context: &Context, uses: &Uses, user: UserId, factor: FactorId) -> Result<Done> {
    let Some(to) = uses.recipients.find(user).await?.filter(Recipient::email_verified) else { return Ok(Done::Ok) };
    let kind = "confirm_factor";
    let budget = MailBudget {
        limit: CONFIRMATIONS,
        counters: vec![CONFIRMATIONS.key(&format!("mail {kind}"), &user.to_string(), "")],
        request: Some(request(kind, user, factor)),
    };
    let now = context.clock().now();
    if !uses.waiting.waits(&to, factor, now).await? {
        return Ok(Done::Expired);
    }
    let send = async {
        let code = MailedCode::generate(&**context.entropy())?;
        uses.waiting.expect(&to, factor, &code, now).await?;
        send(context, uses, user, kind, &uses.mails.confirm_factor(to.email(), &code.to_text(), WAITS)).await
    };
    uses.limits.send(context, &budget, send).await
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
    if !uses.sessions.bear_out(user, notice, context.clock().now()).await?
        || !uses.waiting.bear_out(user, notice).await?
    {
        return Ok(Done::Ok);
    }
    let kind = notice.kind();
    let limit = if matches!(notice, Notice::InvitationAccepted { .. }) { ACCEPTANCES } else { NOTICES };
    let budget = MailBudget {
        limit,
        counters: vec![limit.key(&format!("mail {kind}"), &user.to_string(), "")],
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
