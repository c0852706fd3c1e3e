use std::sync::Arc;

use api::{Context, Error, Part, PartInfo, Permit, Queue, Result, recorded};
use auth::{Entropy, FactorId, MailedCode, Reason, RecentAuth, TotpSecret, User};
use dynamo::{ConditionalUpdate, Table, TableClient, TransactionPart, bytes, millis, number};
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::answer::{APP, CODE};
use super::check::log_refused;
use super::model::{FactorsTable, Totp, context, sealed_item, totp_key};
use super::new_totp::NewTotp;
use super::recovery_codes::RecoveryCodes;
use super::step_up::Outcome;
use crate::error;
use crate::jobs::MailJob;
use crate::notice::Notice;
use crate::notices::Notices;
use crate::sealer::Sealer;
use crate::users::{Account, Users};

/// Adds authenticator apps to accounts.
#[derive(Clone)]
pub struct Enrolments {
    pub(super) factors: TableClient<FactorsTable>,
    pub(super) users: Users,
    pub(super) sealer: Sealer,
    mails: Queue<MailJob>,
    notices: Notices,
    pub(super) issuer: String,
    pub(super) entropy: Arc<dyn Entropy>,
}

/// The codes that confirm a waiting app.
pub struct Confirmation {
    /// The app's code.
    pub code: Zeroizing<String>,
    /// The mailed code. The inner `None` stands for text that can't be one.
    pub mailed_code: Option<Option<MailedCode>>,
}

impl Enrolments {
    /// Makes an app that waits to be confirmed, and has a code mailed to the account's verified address: who has only the
    /// password can't add the first factor.
    ///
    /// # Errors
    /// [`error::Error::FactorExists`], [`error::Error::EmailUnverified`], or when DynamoDB, the sealing keys or the queue can't
    /// be reached.
    pub async fn begin(&self, user: &RecentAuth<User>, account: &Account, now: Timestamp) -> Result<NewTotp> {
        match () {
            () if account.profile.id != user.caller().id() => return Err(foreign()),
            () if account.totp.is_some() => return Err(error::Error::FactorExists.into()),
            () if !account.email_verified => return Err(error::Error::EmailUnverified.into()),
            () => {}
        }
        let (id, new) = (account.profile.id, NewTotp::generate(&self.issuer, account, now, &*self.entropy)?);
        let sealed = self.sealer.seal(new.totp.as_bytes(), &context(id, new.id)).await?;
        let mut item = totp_key(id, new.id);
        item.extend(sealed_item(&sealed));
        item.extend(dynamo::item([("created_at", millis(now)), ("expires_at", number(new.expires_at.as_second()))]));
        if let Err(there) = self.factors.insert(item).await?
            && there.and_then(|there| there.get("sealed").cloned()) != Some(bytes(&sealed.bytes))
        {
            return Err(Error::Internal("the factor's id is taken".to_owned()));
        }
        // Queued after the write, so that the code is mailed at once. Without the job, the app ends unconfirmed.
        let job = MailJob::ConfirmFactor { user_id: id, factor_id: new.id, asked_at: now.as_millisecond() };
        self.mails.send(&job, now).await?;
        Ok(new)
    }

    /// Confirms a waiting app, which becomes the account's first factor. All sessions end. Returns the recovery codes, or the
    /// field of the code that is wrong.
    ///
    /// # Errors
    /// [`Error::NotFound`] if no such app waits, [`error::Error::FactorExists`], or when DynamoDB or the sealing keys can't be
    /// reached.
    pub async fn confirm(
        &self,
        user: &RecentAuth<User>,
        account: &Account,
        (id, codes): (FactorId, &Confirmation),
        now: Timestamp,
    ) -> Result<Result<RecoveryCodes, &'static str>> {
        match () {
            () if account.profile.id != user.caller().id() => return Err(foreign()),
            () if account.totp.is_some() => return Err(error::Error::FactorExists.into()),
            () => {}
        }
        let item = self.factors.get(totp_key(account.profile.id, id)).await?;
        let waiting = item.as_ref().map(Totp::read).transpose()?;
        let waiting =
            waiting.filter(|totp| totp.waits_until.is_some_and(|until| until > now)).ok_or(Error::NotFound)?;
        let step = match self.judge(account, &waiting, codes, now).await? {
            Ok(step) => step,
            Err(field) => {
                let kind = if field == CODE { APP } else { field };
                log_refused(account.profile.id, kind, "wrong");
                return Ok(Err(field));
            }
        };
        self.add(account, &waiting, step, now).await.map(Ok)
    }

    /// The step of the app's code, or the field of the code that is wrong.
    async fn judge(
        &self,
        account: &Account,
        waiting: &Totp,
        codes: &Confirmation,
        now: Timestamp,
    ) -> Result<Result<u64, &'static str>> {
        let user = account.profile.id;
        let Some(mailed) = &codes.mailed_code else { return Err(Error::invalid(MAILED_CODE, "is required")) };
        let mailed = mailed.as_ref().map(|code| (code.digest(user), account.email_epoch));
        if mailed.is_none() || waiting.mailed != mailed {
            return Ok(Err(MAILED_CODE));
        }
        let secret = self.sealer.open(&waiting.sealed, &context(user, waiting.id)).await?;
        let secret = TotpSecret::from_bytes(&secret).ok_or(auth::Error::Unsealable)?;
        Ok(secret.step_of(&codes.code, now).ok_or(CODE))
    }

    async fn add(&self, account: &Account, waiting: &Totp, step: u64, now: Timestamp) -> Result<RecoveryCodes> {
        let (user, id) = (account.profile.id, waiting.id);
        let codes = RecoveryCodes::generate(user, &*self.entropy)?;
        let parts = vec![
            self.users.add_totp_part(account, id)?,
            self.confirmed(account, waiting, step, now)?,
            self.factors.put_part(codes.item(user, now), "", Vec::new())?,
        ];
        let event = |outcome: Option<&str>| {
            tracing::info!(event = "factor_added", %user, factor = %id, by = "user", outcome);
        };
        let write = async { self.users.db().transact(parts).await.map(Outcome) };
        let tell = self.notices.tell(account, Notice::FactorAdded { factor: id }, now);
        let (written, ()) = tokio::join!(recorded(write, event), tell);
        match written?.0 {
            Ok(()) => Ok(codes),
            // The account ended all its sessions, or got another factor, since the caller was admitted.
            Err(failed) if failed.part(0) => Err(auth::Error::TokenInvalid(Reason::SessionEpoch).into()),
            Err(_) => Err(Error::NotFound),
        }
    }

    /// A part of a transaction: the app waits no more. The step of its code counts as used.
    fn confirmed(&self, account: &Account, waiting: &Totp, step: u64, now: Timestamp) -> Result<TransactionPart> {
        let mailed = waiting.mailed.map(|(digest, _)| digest).unwrap_or_default();
        Ok(self.factors.update_part(ConditionalUpdate {
            key: totp_key(account.profile.id, waiting.id),
            update: "SET #last_step = :step REMOVE #expires_at, #mailed, #email_epoch",
            condition: "#expires_at > :now AND #mailed = :mailed",
            values: vec![("step", number(step)), ("now", number(now.as_second())), ("mailed", bytes(&mailed))],
        })?)
    }
}

/// The field of the mailed code.
const MAILED_CODE: &str = "mailed_code";

fn foreign() -> Error {
    Error::Internal("the account is not the caller's own".to_owned())
}

impl Part for Enrolments {
    const DATABASE: bool = true;

    fn build(context: &Context, permit: &Permit) -> Result<Self> {
        Ok(Self {
            factors: context.db(permit).table(),
            users: context.part(permit)?,
            sealer: context.part(permit)?,
            mails: context.part(permit)?,
            notices: context.part(permit)?,
            issuer: context.settings(permit).tokens.issuer.clone(),
            entropy: context.entropy().clone(),
        })
    }

    fn list(into: &mut Vec<PartInfo>) {
        into.push(PartInfo { name: "Enrolments", tables: &[FactorsTable::NAME], variables: &[] });
        <Users as Part>::list(into);
        <Sealer as Part>::list(into);
        <Queue<MailJob> as Part>::list(into);
    }
}
