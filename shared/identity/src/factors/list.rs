use api::{Context, Part, PartInfo, Permit, Result, schema};
use auth::{FactorId, User};
use dynamo::{Table, TableClient};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::model::{FactorsTable, StoredCodes, Totp, codes_key, totp_key};
use super::passkey_row::{PasskeyRow, passkeys_of};
use crate::users::Account;

/// The kind of a second factor.
#[derive(Clone, Copy, Debug, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum FactorKind {
    /// An authenticator app (RFC 6238).
    Totp,
    /// A passkey (WebAuthn level 3). It also signs in without the password.
    Passkey,
}

/// A second factor as its owner sees it.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Factor {
    /// The factor's id.
    #[schemars(with = "schema::Id")]
    pub id: FactorId,
    /// The kind.
    pub kind: FactorKind,
    /// The name that the owner gave to a passkey.
    #[schemars(with = "Option<String>", example = &"Laptop")]
    pub name: Option<String>,
    /// When the factor was made.
    #[serde(serialize_with = "api::rfc3339")]
    #[schemars(with = "schema::Instant")]
    pub created_at: Timestamp,
}

impl From<Totp> for Factor {
    fn from(Totp { id, created_at, .. }: Totp) -> Self {
        Self { id, kind: FactorKind::Totp, name: None, created_at }
    }
}

impl From<PasskeyRow> for Factor {
    fn from(PasskeyRow { id, name, created_at, .. }: PasskeyRow) -> Self {
        Self { id, kind: FactorKind::Passkey, name, created_at }
    }
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

/// Lists the second factors of accounts.
#[derive(Clone)]
pub struct FactorLists(TableClient<FactorsTable>);

impl FactorLists {
    /// The account's second factors. `account` is the caller's own, as just read.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn list(&self, _: &User, account: &Account) -> Result<FactorList> {
        let Some(totp) = account.totp else { return Ok(FactorList { factors: Vec::new(), recovery_codes: 0 }) };
        let user = account.profile.id;
        let keys = vec![self.0.key(totp_key(user, totp)), self.0.key(codes_key(user))];
        let passkeys = async { if account.passkeys > 0 { passkeys_of(&self.0, user).await } else { Ok(Vec::new()) } };
        let (found, passkeys) = tokio::try_join!(self.0.db().batch_get(keys), passkeys)?;
        let mut found = found.into_iter();
        let (totp, codes) = (found.next().flatten(), found.next().flatten());
        let totp = totp.as_ref().map(Totp::read).transpose()?.map(Factor::from);
        let recovery_codes = codes.as_ref().map(StoredCodes::read).transpose()?.map_or(0, |codes| codes.left);
        let factors = totp.into_iter().chain(passkeys.into_iter().map(Factor::from)).collect();
        Ok(FactorList { factors, recovery_codes })
    }
}

impl Part for FactorLists {
    const DATABASE: bool = true;

    fn build(context: &Context, permit: &Permit) -> Result<Self> {
        Ok(Self(context.db(permit).table()))
    }

    fn list(into: &mut Vec<PartInfo>) {
        into.push(PartInfo { name: "FactorLists", tables: &[FactorsTable::NAME], variables: &[] });
    }
}
