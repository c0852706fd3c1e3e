use std::sync::Arc;

use api::{Context, Part, PartInfo, Permit, Result, recorded};
use auth::{Entropy, FactorId, Reason, RecentAuth, User};
use dynamo::{ConditionalUpdate, Item, Table, TableClient, TransactionPart, Written, millis};
use jiff::Timestamp;

use super::model::{FactorsTable, codes_key, totp_key};
use super::passkey_row::passkey_key;
use super::recovery_codes::RecoveryCodes;
use super::step_up::Outcome;
use crate::error::Error;
use crate::notice::Notice;
use crate::notices::Notices;
use crate::users::{Account, Users};

/// The second factors of accounts: removes them, and renews recovery codes.
#[derive(Clone)]
pub struct Factors {
    pub(super) factors: TableClient<FactorsTable>,
    pub(super) users: Users,
    notices: Notices,
    entropy: Arc<dyn Entropy>,
}

impl Factors {
    /// Removes a factor, and ends all sessions. The recovery codes go with the app, which goes after the passkeys. A factor
    /// that is gone changes nothing.
    ///
    /// # Errors
    /// [`Error::PasskeysExist`]. [`auth::Error::TokenInvalid`] if the user ended all sessions since the caller was admitted.
    /// Or when DynamoDB does not answer.
    pub async fn remove(&self, user: &RecentAuth<User>, id: FactorId, now: Timestamp) -> Result<Written> {
        let account = self.users.me(user.caller()).await?;
        let Some((parts, notice)) = self.removal_of(&account, id).await? else { return Ok(Written::Unchanged) };
        let user = account.profile.id;
        let event = |outcome: Option<&str>| {
            tracing::info!(event = "factor_removed", %user, factor = %id, by = "user", outcome);
        };
        let write = async { self.users.db().transact(parts).await.map(Outcome) };
        let tell = self.notices.tell(&account, notice, now);
        let (written, ()) = tokio::join!(recorded(write, event), tell);
        match written?.0 {
            Ok(()) => Ok(Written::Done),
            Err(_) => Err(auth::Error::TokenInvalid(Reason::SessionEpoch).into()),
        }
    }

    /// The parts of a transaction that removes a factor, and what its owner is told. `None` if the account has no such factor.
    async fn removal_of(&self, account: &Account, id: FactorId) -> Result<Option<(Vec<TransactionPart>, Notice)>> {
        let user = account.profile.id;
        if account.totp == Some(id) {
            if account.passkeys > 0 {
                return Err(Error::PasskeysExist.into());
            }
            return Ok(Some((self.removal_of_all(account, id, Vec::new())?, Notice::FactorRemoved { factor: id })));
        }
        // Read first: a factor that was never there is not told to be removed.
        if account.passkeys == 0 || self.factors.get(passkey_key(user, id)).await?.is_none() {
            return Ok(None);
        }
        let passkey = self.factors.delete_part(ConditionalUpdate {
            key: passkey_key(user, id),
            update: "",
            condition: "attribute_exists(#id)",
            values: Vec::new(),
        })?;
        Ok(Some((vec![self.users.remove_passkey_part(account)?, passkey], Notice::PasskeyRemoved { factor: id })))
    }

    /// The parts of a transaction that removes the account's app, its recovery codes, and the passkeys with these keys, which
    /// must be all.
    pub(super) fn removal_of_all(
        &self,
        account: &Account,
        totp: FactorId,
        passkeys: Vec<Item>,
    ) -> dynamo::Result<Vec<TransactionPart>> {
        let user = account.profile.id;
        let delete = |key| {
            let (update, condition, values) = ("", "", Vec::new());
            self.factors.delete_part(ConditionalUpdate { key, update, condition, values })
        };
        let keys = [totp_key(user, totp), codes_key(user)].into_iter().chain(passkeys);
        [self.users.remove_totp_part(account, totp)].into_iter().chain(keys.map(delete)).collect()
    }

    /// Replaces the recovery codes of an account with a second factor.
    ///
    /// # Errors
    /// [`Error::NoFactor`], or when DynamoDB does not answer.
    pub async fn renew_codes(
        &self,
        user: &RecentAuth<User>,
        account: &Account,
        now: Timestamp,
    ) -> Result<RecoveryCodes> {
        let (user, epoch) = (user.caller().id(), user.caller().epoch());
        let totp = account.totp.filter(|_| account.profile.id == user).ok_or(Error::NoFactor)?;
        let codes = RecoveryCodes::generate(user, &*self.entropy)?;
        // An attempt that arrives late must not replace newer codes, which the user has seen.
        let unless_newer = "attribute_not_exists(#id) OR #created_at <= :created_at";
        let put = self.factors.put_part(codes.item(user, now), unless_newer, vec![("created_at", millis(now))])?;
        let parts = vec![self.users.has_totp_part((user, epoch), totp)?, put];
        let event = |outcome: Option<&str>| tracing::info!(event = "recovery_codes_renewed", %user, outcome);
        let write = async { self.users.db().transact(parts).await.map(Outcome) };
        let tell = self.notices.tell(account, Notice::RecoveryCodesRenewed { at: now.as_millisecond() }, now);
        let (written, ()) = tokio::join!(recorded(write, event), tell);
        match written?.0 {
            Ok(()) => Ok(codes),
            Err(_) => Err(auth::Error::TokenInvalid(Reason::SessionEpoch).into()),
        }
    }
}

impl Part for Factors {
    const DATABASE: bool = true;

    fn build(context: &Context, permit: &Permit) -> Result<Self> {
        Ok(Self {
            factors: context.db(permit).table(),
            users: context.part(permit)?,
            notices: context.part(permit)?,
            entropy: context.entropy().clone(),
        })
    }

    fn list(into: &mut Vec<PartInfo>) {
        into.push(PartInfo { name: "Factors", tables: &[FactorsTable::NAME], variables: &[] });
        <Users as Part>::list(into);
        <Notices as Part>::list(into);
    }
}
