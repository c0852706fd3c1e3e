use api::{Context, Part, PartInfo, Permit, Result};
use auth::{Methods, RecentAuth, User, UserId};
use dynamo::{ConditionalUpdate, Table, TableClient, TransactionPart, number};
use passkeys::{Asserted, Assertion, Challenge, PublicKey, StoredCredential};

use super::answer::PasskeyResponse;
use super::model::FactorsTable;
use super::passkey_row::{PasskeyRow, admit, passkey_key, passkeys_of, spent, spent_key};
use super::passkey_site::{PasskeyOptions, Passkeys};
use crate::error::{Error, SignInFailure};
use crate::factor_proof::FactorProof;
use crate::users::Account;

/// The result of a check, or the reason why a response is refused.
type Checked<T> = std::result::Result<T, SignInFailure>;

/// The stored passkeys of users: what a browser has to know of them to make another one, and the check of their responses.
#[derive(Clone)]
pub struct StoredPasskeys {
    passkeys: Passkeys,
    factors: TableClient<FactorsTable>,
}

/// The response of a passkey to a challenge of this stack. Nothing else of it is checked yet.
pub struct PresentedPasskey {
    assertion: Assertion,
    challenge: Challenge,
}

impl PresentedPasskey {
    /// The user that the response names. Not trusted until the response is checked.
    pub fn claimed_user(&self) -> UserId {
        UserId::from_bytes(self.assertion.user())
    }
}

/// A right response, which is not used up yet: the writes that use it up are parts of the transaction of what it is for.
#[derive(Debug)]
pub struct RightPasskey {
    pub(crate) proof: FactorProof,
    pub(crate) parts: Vec<TransactionPart>,
}

impl RightPasskey {
    /// The proof.
    pub fn proof(&self) -> &FactorProof {
        &self.proof
    }
}

impl StoredPasskeys {
    /// Options to make a passkey. The browser makes no second one with an authenticator that has one already. `account` is
    /// the caller's own, as just read.
    ///
    /// # Errors
    /// [`Error::PasskeysOff`], [`Error::NoFactor`], [`Error::TooManyFactors`], or when DynamoDB or the sealing keys can't be
    /// reached.
    pub async fn offer(&self, _: &RecentAuth<User>, account: &Account) -> Result<PasskeyOptions> {
        self.passkeys.site()?;
        admit(account)?;
        let rows = passkeys_of(&self.factors, account.profile.id).await?;
        let exclude: Vec<_> = rows.into_iter().map(|row| row.credential_id).collect();
        self.passkeys.creation_options(account, &exclude).await
    }

    /// Reads a response, and checks that it answers a challenge of this stack.
    ///
    /// # Errors
    /// [`Error::PasskeysOff`], [`Error::CredentialsInvalid`], or when the sealing keys can't be read.
    pub async fn present(&self, response: &PasskeyResponse) -> Result<PresentedPasskey> {
        self.passkeys.site()?;
        Ok(self.read(response).await?.map_err(Error::CredentialsInvalid)?)
    }

    /// Checks a response of whom it names, for a sign-in without a password (WebAuthn, section 7.2).
    ///
    /// # Errors
    /// [`Error::CredentialsInvalid`], or when DynamoDB does not answer.
    pub async fn check(&self, presented: &PresentedPasskey) -> Result<RightPasskey> {
        let parts = self.verify(presented).await?.map_err(Error::CredentialsInvalid)?;
        Ok(RightPasskey { proof: FactorProof::new(presented.claimed_user(), Methods::passkey()), parts })
    }

    /// Checks a response that must be of this user. Returns the writes that use it up.
    pub(super) async fn check_of(
        &self,
        user: UserId,
        response: &PasskeyResponse,
    ) -> Result<Checked<Vec<TransactionPart>>> {
        let presented = match self.read(response).await? {
            Ok(presented) => presented,
            Err(why) => return Ok(Err(why)),
        };
        if presented.claimed_user() != user {
            return Ok(Err(SignInFailure::PasskeyUnknown));
        }
        self.verify(&presented).await
    }

    async fn read(&self, response: &PasskeyResponse) -> Result<Checked<PresentedPasskey>> {
        let Ok(assertion) = Assertion::parse(response.as_bytes()) else { return Ok(Err(SignInFailure::PasskeyWrong)) };
        let challenge = self.passkeys.of_sign_in(assertion.challenge()).await?;
        let presented = challenge.map(|challenge| PresentedPasskey { assertion, challenge });
        Ok(presented.ok_or(SignInFailure::PasskeyExpired))
    }

    async fn verify(&self, presented: &PresentedPasskey) -> Result<Checked<Vec<TransactionPart>>> {
        let PresentedPasskey { assertion, challenge } = presented;
        let (Ok(site), user) = (self.passkeys.site(), presented.claimed_user()) else {
            return Ok(Err(SignInFailure::PasskeyUnknown));
        };
        let rows = passkeys_of(&self.factors, user).await?;
        let Some(row) = rows.into_iter().find(|row| row.credential_id == assertion.credential_id()) else {
            return Ok(Err(SignInFailure::PasskeyUnknown));
        };
        Ok(match site.verify_authentication(assertion, &stored(user, &row)?, challenge) {
            Ok(asserted) => Ok(vec![self.spend(user, challenge)?, self.count(user, &row, asserted)?]),
            // A copied response has the counter of its first use. That is no copied key.
            Err(passkeys::Error::Cloned { .. }) if self.is_spent(user, challenge).await? => {
                Err(SignInFailure::PasskeyUsed)
            }
            Err(passkeys::Error::Cloned { .. }) => {
                tracing::warn!(event = "passkey_cloned", %user, factor = %row.id);
                Err(SignInFailure::PasskeyCloned)
            }
            Err(_) => Err(SignInFailure::PasskeyWrong),
        })
    }

    async fn is_spent(&self, user: UserId, challenge: &Challenge) -> dynamo::Result<bool> {
        Ok(self.factors.get(spent_key(user, &challenge.id())).await?.is_some())
    }

    /// A part of a transaction: the challenge was not answered before. So no response counts twice.
    fn spend(&self, user: UserId, challenge: &Challenge) -> dynamo::Result<TransactionPart> {
        self.factors.insert_part(spent(user, &challenge.id(), challenge.expires_at()))
    }

    /// A part of a transaction: the passkey is still there, and has counted this use.
    fn count(&self, user: UserId, row: &PasskeyRow, asserted: Asserted) -> dynamo::Result<TransactionPart> {
        self.factors.update_part(ConditionalUpdate {
            key: passkey_key(user, row.id),
            update: "SET #counter = :sent",
            condition: "#counter = :read",
            values: vec![("sent", number(asserted.counter)), ("read", number(row.counter))],
        })
    }
}

fn stored(user: UserId, row: &PasskeyRow) -> dynamo::Result<StoredCredential> {
    let corrupt = |_| dynamo::Error::Corrupt { table: FactorsTable::NAME, attribute: "public_key" };
    let public_key = PublicKey::from_bytes(&row.public_key).map_err(corrupt)?;
    Ok(StoredCredential { id: row.credential_id.clone(), user: user.to_bytes(), public_key, counter: row.counter })
}

impl Part for StoredPasskeys {
    const DATABASE: bool = true;

    fn build(context: &Context, permit: &Permit) -> Result<Self> {
        Ok(Self { passkeys: context.part(permit)?, factors: context.db(permit).table() })
    }

    fn list(into: &mut Vec<PartInfo>) {
        into.push(PartInfo { name: "StoredPasskeys", tables: &[FactorsTable::NAME], variables: &[] });
        <Passkeys as Part>::list(into);
    }
}
