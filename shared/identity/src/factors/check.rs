use std::sync::Arc;

use api::{Context, Part, PartInfo, Permit, Result};
use auth::{Challenge, Clock, Methods, User, UserId};
use dynamo::{ConditionalUpdate, Table, TableClient, TransactionPart, number};

use super::answer::{SecondFactorCode, wrong};
use super::challenges::{PresentedChallenge, count_try};
use super::guesses::Guesses;
use super::judge::{Judge, Judged, Owner, USED, WRONG};
use super::model::{FactorsTable, StoredCodes, codes_key};
use crate::error;
use crate::factor_proof::FactorProof;
use crate::notice::Notice;
use crate::notices::Notices;
use crate::users::{Account, LockedAccount};

/// The number of wrong codes in a row from which on the owner is told.
const TOLD: u32 = 3;

/// Checks the codes of second factors, and passkeys in their place.
#[derive(Clone)]
pub struct SecondFactors {
    pub(super) factors: TableClient<FactorsTable>,
    judge: Judge,
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
        wrong(self.field)
    }
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
        let account =
            account.filter(|account| account.is_challenged(user, epoch)).ok_or(error::Error::ChallengeInvalid)?;
        let owner = Owner { user, epoch, totp, address: account.verified_address() };
        self.check_of(owner, code, code.after_password()).await
    }

    /// Checks a code of somebody who is signed in. `None` if the code is wrong, which counts, or the account has no second
    /// factor.
    ///
    /// # Errors
    /// [`error::Error::CodeWrong`] if the code was used before, which does not count. And as for [`SecondFactors::check_presented`].
    pub async fn check(&self, user: &User, account: &Account, code: &SecondFactorCode) -> Result<Option<RightCode>> {
        let Some(totp) = account.totp.filter(|_| account.profile.id == user.id()) else { return Ok(None) };
        let (epoch, address) = (account.epoch.number, account.verified_address());
        let owner = Owner { user: user.id(), epoch, totp, address };
        self.check_of(owner, code, code.in_session()).await
    }

    /// A part of a transaction: the challenge is used up.
    pub(crate) fn use_up(&self, challenge: &PresentedChallenge) -> dynamo::Result<TransactionPart> {
        challenge.use_up(&self.factors)
    }

    pub(super) fn notices(&self) -> &Notices {
        &self.notices
    }

    async fn check_of(&self, owner: Owner, code: &SecondFactorCode, methods: Methods) -> Result<Option<RightCode>> {
        let judged = match code.can_be_guessed() {
            true => self.judge_guess(&owner, code).await?,
            false => self.judge.judge(&owner, code).await?,
        };
        let parts = match judged {
            Ok(parts) => parts,
            Err(WRONG) => {
                self.refuse(&owner, code).await?;
                return Ok(None);
            }
            // The owner is too fast, or repeats a call whose response was lost: no guess.
            Err(reason) => {
                log_refused(owner.user, code.kind(), reason);
                return Err(code.wrong().into());
            }
        };
        let (proof, field, kind) = (FactorProof::new(owner.user, methods), code.field(), code.kind());
        let is_recovery = matches!(code, SecondFactorCode::Recovery(_));
        Ok(Some(RightCode { proof, field, kind, parts, is_recovery }))
    }

    /// Judges a code that counts as a guess if it is wrong.
    async fn judge_guess(&self, owner: &Owner, code: &SecondFactorCode) -> Result<Judged> {
        self.guesses.count(owner.user, owner.epoch).await?;
        let judged = self.judge.judge(owner, code).await;
        if !matches!(judged, Ok(Err(WRONG))) {
            self.guesses.take_back(owner.user, owner.epoch).await;
        }
        judged
    }

    /// Counts a wrong code, and tells the owner of many in a row. Of a passkey there is nothing to tell.
    async fn refuse(&self, Owner { user, address, .. }: &Owner, code: &SecondFactorCode) -> Result<()> {
        let user = *user;
        log_refused(user, code.kind(), WRONG);
        if !code.can_be_guessed() {
            return Ok(());
        }
        let count = ConditionalUpdate {
            key: codes_key(user),
            update: "SET #wrong_codes = if_not_exists(#wrong_codes, :zero) + :one",
            condition: "attribute_exists(#id)",
            values: vec![("zero", number(0)), ("one", number(1))],
        };
        let Ok(item) = self.factors.update(count).await? else { return Ok(()) };
        if StoredCodes::read(&item)?.wrong >= TOLD {
            self.notices.tell_at(user, address.clone(), Notice::CodesGuessed, self.clock.now()).await;
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
            judge: context.part(permit)?,
            guesses: context.part(permit)?,
            notices: context.part(permit)?,
            clock: context.clock().clone(),
        })
    }

    fn list(into: &mut Vec<PartInfo>) {
        into.push(PartInfo { name: "SecondFactors", tables: &[FactorsTable::NAME], variables: &[] });
        <Judge as Part>::list(into);
        <Guesses as Part>::list(into);
        <Notices as Part>::list(into);
    }
}
