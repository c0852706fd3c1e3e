use std::sync::Arc;

use api::{Context, Part, PartInfo, Permit, Result, recorded, schema};
use auth::{Entropy, Epoch, FactorId, Reason, RecentAuth, User, UserId};
use dynamo::{ConditionalUpdate, Table, TableClient, TransactionPart, Written, millis};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::model::{FactorsTable, StoredCodes, Totp, codes_key, totp_key};
use super::recovery_codes::RecoveryCodes;
use super::step_up::Outcome;
use crate::error::Error;
use crate::notice::Notice;
use crate::notices::Notices;
use crate::users::{Account, Users};

/// The kind of a second factor.
#[derive(Clone, Copy, Debug, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FactorKind {
    /// An authenticator app (RFC 6238).
    Totp,
}

/// A second factor as its owner sees it.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Factor {
    /// The factor's id.
    #[schemars(with = "schema::Id")]
    pub id: FactorId,
    /// The kind.
    pub kind: FactorKind,
    /// When the factor was made.
    #[serde(serialize_with = "api::rfc3339")]
    #[schemars(with = "schema::Instant")]
    pub created_at: Timestamp,
}

/// The second factors of an account.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[schemars(rename = "Factors")]
pub struct FactorList {
    /// The confirmed factors.
    #[schemars(length(max = 10))]
    pub factors: Vec<Factor>,
    /// The number of recovery codes that were not used.
    #[schemars(range(max = 10))]
    pub recovery_codes: usize,
}

/// The second factors of accounts: lists and removes them, and renews recovery codes.
#[derive(Clone)]
pub struct Factors {
    pub(super) factors: TableClient<FactorsTable>,
    pub(super) users: Users,
    notices: Notices,
    entropy: Arc<dyn Entropy>,
}

impl Factors {
    /// The account's second factors. `account` is the caller's own, as just read.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn list(&self, _: &User, account: &Account) -> Result<FactorList> {
        let Some(totp) = account.totp else { return Ok(FactorList { factors: Vec::new(), recovery_codes: 0 }) };
        let user = account.profile.id;
        let keys = vec![self.factors.key(totp_key(user, totp)), self.factors.key(codes_key(user))];
        let mut found = self.factors.db().batch_get(keys).await?.into_iter();
        let (totp, codes) = (found.next().flatten(), found.next().flatten());
        let totp = totp.as_ref().map(Totp::read).transpose()?;
        let shown = totp.map(|Totp { id, created_at, .. }| Factor { id, kind: FactorKind::Totp, created_at });
        let recovery_codes = codes.as_ref().map(StoredCodes::read).transpose()?.map_or(0, |codes| codes.left);
        Ok(FactorList { factors: shown.into_iter().collect(), recovery_codes })
    }

    /// Removes a factor, and ends all sessions. The recovery codes go with the last factor. A factor that is gone changes
    /// nothing.
    ///
    /// # Errors
    /// [`auth::Error::TokenInvalid`] if the user ended all sessions since the caller was admitted. When DynamoDB does not
    /// answer.
    pub async fn remove(&self, user: &RecentAuth<User>, id: FactorId, now: Timestamp) -> Result<Written> {
        let (caller, account) = (user.caller(), self.users.me(user.caller()).await?);
        if account.totp != Some(id) {
            return Ok(Written::Unchanged);
        }
        let (parts, user) = (self.removal((caller.id(), caller.epoch()), id)?, caller.id());
        let event = |outcome: Option<&str>| {
            tracing::info!(event = "factor_removed", %user, factor = %id, by = "user", outcome);
        };
        let write = async { self.users.db().transact(parts).await.map(Outcome) };
        let tell = self.notices.tell(&account, Notice::FactorRemoved { factor: id }, now);
        let (written, ()) = tokio::join!(recorded(write, event), tell);
        match written?.0 {
            Ok(()) => Ok(Written::Done),
            Err(_) => Err(auth::Error::TokenInvalid(Reason::SessionEpoch).into()),
        }
    }

    /// The parts of a transaction that removes the user's last factor, in this epoch.
    pub(super) fn removal(&self, of: (UserId, Epoch), id: FactorId) -> dynamo::Result<Vec<TransactionPart>> {
        let (user, _) = of;
        let delete = |key| {
            let (update, condition, values) = ("", "", Vec::new());
            self.factors.delete_part(ConditionalUpdate { key, update, condition, values })
        };
        let (totp, codes) = (delete(totp_key(user, id))?, delete(codes_key(user))?);
        Ok(vec![self.users.remove_totp_part(of, id)?, totp, codes])
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
        let unless_newer = "attribute_not_exists(#id) OR #created_at < :created_at";
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
