use std::sync::Arc;

use api::{Context, Part, PartInfo, Permit, Result};
use auth::{Challenge, Clock, FactorId, RecoveryCode, TotpSecret, User, UserId};
use dynamo::{ConditionalUpdate, Table, TableClient, TransactionPart, bytes, number};
use jiff::Timestamp;

use super::answer::SecondFactorCode;
use super::challenges::{PresentedChallenge, count_try};
use super::guesses::Guesses;
use super::model::{FactorsTable, StoredCodes, Totp, codes_key, context, set, totp_key};
use crate::error;
use crate::factor_proof::FactorProof;
use crate::notice::Notice;
use crate::notices::Notices;
use crate::sealer::Sealer;
use crate::users::{Account, LockedAccount};

/// The number of wrong codes in a row from which on the owner is told.
const TOLD: u32 = 3;

/// Checks the codes of second factors.
#[derive(Clone)]
pub struct SecondFactors {
    pub(super) factors: TableClient<FactorsTable>,
    sealer: Sealer,
    guesses: Guesses,
    notices: Notices,
    clock: Arc<dyn Clock>,
}

/// A right code, which is not used up yet: the writes that use it up are parts of the transaction of what it is for.
#[derive(Debug)]
pub struct RightCode {
    proof: FactorProof,
    field: &'static str,
    kind: &'static str,
    pub(crate) parts: Vec<TransactionPart>,
    pub(crate) is_recovery: bool,
}

impl RightCode {
    /// The proof.
    pub fn proof(&self) -> &FactorProof {
        &self.proof
    }

    /// The error of a code that another call used up first.
    pub(crate) fn used(&self) -> error::Error {
        log_refused(self.proof.user_id(), self.kind, USED);
        error::Error::CodeWrong { field: self.field }
    }
}

/// A user whose code is checked.
#[derive(Clone, Copy)]
struct Owner {
    user: UserId,
    epoch: u64,
    totp: FactorId,
}

/// The writes that use up a right code, or the reason why a code is refused.
type Judged = std::result::Result<Vec<TransactionPart>, &'static str>;

const WRONG: &str = "wrong";
const USED: &str = "used";

/// The stored factors of a user.
struct Stored {
    totp: Option<Totp>,
    codes: Option<StoredCodes>,
}

impl SecondFactors {
    /// Counts a try with a challenge, and finds out whose it is.
    ///
    /// # Errors
    /// [`error::Error::ChallengeInvalid`], or when DynamoDB does not answer.
    pub async fn present(&self, challenge: Option<&Challenge>) -> error::Result<PresentedChallenge> {
        count_try(&self.factors, challenge, self.clock.now()).await
    }

    /// Checks a code of the user who presents a challenge. `account` is the user's, if there is one. `None` if the code is
    /// wrong, which counts.
    ///
    /// # Errors
    /// [`error::Error::ChallengeInvalid`] if the account was closed, or ended its sessions, since the password was right.
    /// [`api::Error::RateLimited`] after too many guesses. Or when DynamoDB or the sealing keys can't be reached.
    pub async fn check_presented(
        &self,
        presented: &PresentedChallenge,
        account: Option<&LockedAccount>,
        code: &SecondFactorCode,
    ) -> Result<Option<RightCode>> {
        let &PresentedChallenge { user_id: user, epoch, totp, .. } = presented;
        if account.map(LockedAccount::challenged) != Some((user, epoch, true)) {
            return Err(error::Error::ChallengeInvalid.into());
        }
        self.check_of(Owner { user, epoch, totp }, code).await
    }

    /// Checks a code of somebody who is signed in. `None` if the code is wrong, which counts, or the account has no second
    /// factor.
    ///
    /// # Errors
    /// As for [`SecondFactors::check_presented`].
    pub async fn check(&self, user: &User, account: &Account, code: &SecondFactorCode) -> Result<Option<RightCode>> {
        let Some(totp) = account.totp.filter(|_| account.profile.id == user.id()) else { return Ok(None) };
        self.check_of(Owner { user: user.id(), epoch: account.epoch.number, totp }, code).await
    }

    /// A part of a transaction: the challenge is used up.
    pub(crate) fn use_up(&self, challenge: &PresentedChallenge) -> dynamo::Result<TransactionPart> {
        challenge.use_up(&self.factors)
    }

    pub(super) fn notices(&self) -> &Notices {
        &self.notices
    }

    async fn check_of(&self, owner: Owner, code: &SecondFactorCode) -> Result<Option<RightCode>> {
        self.guesses.count(owner.user, owner.epoch).await?;
        let judged = self.judge(owner, code).await;
        let parts = match judged {
            Ok(Err(reason)) => {
                self.refuse(owner, code.kind(), reason).await?;
                return Ok(None);
            }
            judged => {
                self.guesses.take_back(owner.user, owner.epoch).await;
                judged?.unwrap_or_default()
            }
        };
        let (proof, field, kind) = (FactorProof::new(owner.user), code.field(), code.kind());
        let is_recovery = matches!(code, SecondFactorCode::Recovery(_));
        Ok(Some(RightCode { proof, field, kind, parts, is_recovery }))
    }

    async fn judge(&self, owner: Owner, code: &SecondFactorCode) -> Result<Judged> {
        let (stored, now) = (self.stored(owner).await?, self.clock.now());
        match code {
            SecondFactorCode::App(code) => self.judge_app(owner, &stored, code, now).await,
            SecondFactorCode::Recovery(code) => self.judge_recovery(owner, &stored, code.as_ref()),
        }
    }

    async fn stored(&self, Owner { user, totp, .. }: Owner) -> Result<Stored> {
        let keys = vec![self.factors.key(totp_key(user, totp)), self.factors.key(codes_key(user))];
        let mut found = self.factors.db().batch_get(keys).await?.into_iter();
        let (totp, codes) = (found.next().flatten(), found.next().flatten());
        let totp = totp.as_ref().map(Totp::read).transpose()?.filter(Totp::is_confirmed);
        Ok(Stored { totp, codes: codes.as_ref().map(StoredCodes::read).transpose()? })
    }

    /// Judges a code of the app: each step counts once.
    async fn judge_app(
        &self,
        Owner { user, .. }: Owner,
        stored: &Stored,
        code: &str,
        now: Timestamp,
    ) -> Result<Judged> {
        let Some(totp) = &stored.totp else { return Ok(Err(WRONG)) };
        let secret = self.sealer.open(&totp.sealed, &context(user, totp.id)).await?;
        let secret = TotpSecret::from_bytes(&secret).ok_or(auth::Error::Unsealable)?;
        let step = match secret.step_of(code, now) {
            None => return Ok(Err(WRONG)),
            Some(step) if totp.last_step.is_some_and(|last| step <= last) => return Ok(Err(USED)),
            Some(step) => step,
        };
        let mut parts = vec![self.factors.update_part(ConditionalUpdate {
            key: totp_key(user, totp.id),
            update: "SET #last_step = :step",
            condition: "attribute_exists(#id) AND (attribute_not_exists(#last_step) OR #last_step < :step)",
            values: vec![("step", number(step))],
        })?];
        if stored.codes.as_ref().is_some_and(|codes| codes.wrong > 0) {
            parts.push(self.factors.update_part(ConditionalUpdate {
                key: codes_key(user),
                update: "REMOVE #wrong_codes",
                condition: "attribute_exists(#id)",
                values: Vec::new(),
            })?);
        }
        Ok(Ok(parts))
    }

    /// Judges a recovery code. A code that was used is no longer known.
    fn judge_recovery(
        &self,
        Owner { user, .. }: Owner,
        stored: &Stored,
        code: Option<&RecoveryCode>,
    ) -> Result<Judged> {
        let digest = code.map(|code| code.digest(user));
        let digest = digest.filter(|digest| stored.codes.as_ref().is_some_and(|codes| codes.has(digest)));
        let Some(digest) = digest else { return Ok(Err(WRONG)) };
        let part = self.factors.update_part(ConditionalUpdate {
            key: codes_key(user),
            update: "DELETE #codes :used REMOVE #wrong_codes",
            condition: "contains(#codes, :code)",
            values: vec![("used", set([digest])), ("code", bytes(&digest))],
        })?;
        Ok(Ok(vec![part]))
    }

    /// Counts a refused code, and tells the owner of many in a row.
    async fn refuse(&self, Owner { user, .. }: Owner, kind: &str, reason: &str) -> Result<()> {
        log_refused(user, kind, reason);
        let count = ConditionalUpdate {
            key: codes_key(user),
            update: "SET #wrong_codes = if_not_exists(#wrong_codes, :zero) + :one",
            condition: "attribute_exists(#id)",
            values: vec![("zero", number(0)), ("one", number(1))],
        };
        let Ok(item) = self.factors.update(count).await? else { return Ok(()) };
        if StoredCodes::read(&item)?.wrong >= TOLD {
            self.notices.tell_user(user, Notice::CodesGuessed, self.clock.now()).await;
        }
        Ok(())
    }
}

/// A code can't be tried without the password, so whose it is, is worth knowing.
pub(super) fn log_refused(user: UserId, kind: &str, reason: &str) {
    tracing::warn!(event = "code_refused", %user, by = kind, reason);
}

impl Part for SecondFactors {
    const DATABASE: bool = true;

    fn build(context: &Context, permit: &Permit) -> Result<Self> {
        Ok(Self {
            factors: context.db(permit).table(),
            sealer: context.part(permit)?,
            guesses: context.part(permit)?,
            notices: context.part(permit)?,
            clock: context.clock().clone(),
        })
    }

    fn list(into: &mut Vec<PartInfo>) {
        into.push(PartInfo { name: "SecondFactors", tables: &[FactorsTable::NAME], variables: &[] });
        <Sealer as Part>::list(into);
        <Guesses as Part>::list(into);
        <Notices as Part>::list(into);
    }
}
