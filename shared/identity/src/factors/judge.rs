use std::sync::Arc;

use api::{Context, Part, PartInfo, Permit, Result};
use auth::{Clock, FactorId, RecoveryCode, TotpSecret, UserId};
use dynamo::{ConditionalUpdate, TableClient, TransactionPart, bytes, millis, number};
use jiff::Timestamp;

use super::answer::SecondFactorCode;
use super::model::{FactorsTable, StoredCodes, Totp, codes_key, context, set, totp_key};
use super::passkey_store::StoredPasskeys;
use crate::error::SignInFailure;
use crate::sealer::Sealer;

/// A user whose code is checked.
pub(super) struct Owner {
    pub user: UserId,
    pub epoch: u64,
    pub totp: FactorId,
    /// The verified address, which is told of many wrong codes.
    pub address: Option<String>,
}

/// The writes that use up a right code, or the reason why a code is refused.
pub(super) type Judged = std::result::Result<Vec<TransactionPart>, &'static str>;

pub(super) const WRONG: &str = "wrong";
pub(super) const USED: &str = "used";

/// The stored factors of a user.
struct Stored {
    totp: Option<Totp>,
    codes: Option<StoredCodes>,
}

/// Judges codes by what is stored. Counts nothing.
#[derive(Clone)]
pub(super) struct Judge {
    factors: TableClient<FactorsTable>,
    sealer: Sealer,
    passkeys: StoredPasskeys,
    clock: Arc<dyn Clock>,
}

impl Judge {
    /// Judges a code, or a passkey in its place, by what is stored now.
    pub(super) async fn judge(&self, owner: &Owner, code: &SecondFactorCode) -> Result<Judged> {
        let now = self.clock.now();
        match code {
            SecondFactorCode::App(code) => {
                let stored = self.stored(owner).await?;
                self.judge_app(owner, &stored, code, now).await
            }
            SecondFactorCode::Recovery(code) => {
                self.judge_recovery(owner, &self.stored(owner).await?, code.as_ref(), now)
            }
            SecondFactorCode::Passkey(response) => {
                let reason = |why| if why == SignInFailure::PasskeyUsed { USED } else { WRONG };
                Ok(self.passkeys.check_of(owner.user, response).await?.map_err(reason))
            }
        }
    }

    async fn stored(&self, &Owner { user, totp, .. }: &Owner) -> Result<Stored> {
        let keys = vec![self.factors.key(totp_key(user, totp)), self.factors.key(codes_key(user))];
        let mut found = self.factors.db().batch_get(keys).await?.into_iter();
        let (totp, codes) = (found.next().flatten(), found.next().flatten());
        let totp = totp.as_ref().map(Totp::read).transpose()?.filter(Totp::is_confirmed);
        Ok(Stored { totp, codes: codes.as_ref().map(StoredCodes::read).transpose()? })
    }

    /// Judges a code of the app: each step counts once.
    async fn judge_app(
        &self,
        &Owner { user, .. }: &Owner,
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
        &Owner { user, .. }: &Owner,
        stored: &Stored,
        code: Option<&RecoveryCode>,
        now: Timestamp,
    ) -> Result<Judged> {
        let digest = code.map(|code| code.digest(user));
        let digest = digest.filter(|digest| stored.codes.as_ref().is_some_and(|codes| codes.has(digest)));
        let Some(digest) = digest else { return Ok(Err(WRONG)) };
        let part = self.factors.update_part(ConditionalUpdate {
            key: codes_key(user),
            update: "SET #used_at = :now DELETE #codes :used REMOVE #wrong_codes",
            condition: "contains(#codes, :code)",
            values: vec![("used", set([digest])), ("code", bytes(&digest)), ("now", millis(now))],
        })?;
        Ok(Ok(vec![part]))
    }
}

impl Part for Judge {
    const DATABASE: bool = true;

    fn build(context: &Context, permit: &Permit) -> Result<Self> {
        Ok(Self {
            factors: context.db(permit).table(),
            sealer: context.part(permit)?,
            passkeys: context.part(permit)?,
            clock: context.clock().clone(),
        })
    }

    fn list(into: &mut Vec<PartInfo>) {
        <Sealer as Part>::list(into);
        <StoredPasskeys as Part>::list(into);
    }
}
