use std::sync::Arc;

use api::{Context, Part, PartInfo, Permit, Result, recorded};
use auth::{Entropy, FactorId, Reason, RecentAuth, User, UserId};
use dynamo::{LostRaces, Table, TableClient, TransactionPart};
use jiff::Timestamp;
use passkeys::{Challenge, NewCredential, Registration};

use super::answer::{CREDENTIAL, PasskeyResponse};
use super::list::Factor;
use super::model::FactorsTable;
use super::passkey_row::{MOST, PasskeyRow, admit, passkeys_of, spent};
use super::passkey_site::Passkeys;
use super::step_up::Outcome;
use crate::error::Error;
use crate::names::PasskeyName;
use crate::notice::Notice;
use crate::notices::Notices;
use crate::users::{Account, Users};

/// Adds passkeys to accounts that have an authenticator app. So nobody has a passkey and no recovery codes.
#[derive(Clone)]
pub struct PasskeyEnrolments {
    passkeys: Passkeys,
    factors: TableClient<FactorsTable>,
    users: Users,
    notices: Notices,
    entropy: Arc<dyn Entropy>,
}

impl PasskeyEnrolments {
    /// Adds a passkey (WebAuthn, section 7.1). Other sessions go on.
    ///
    /// # Errors
    /// As for [`StoredPasskeys::offer`](super::StoredPasskeys::offer). [`Error::PasskeyInvalid`] for a response that is not valid or was used before, or a
    /// passkey that the account has. [`auth::Error::TokenInvalid`] if all sessions ended since the caller was admitted.
    pub async fn add(
        &self,
        user: &RecentAuth<User>,
        (response, name): (&PasskeyResponse, Option<PasskeyName>),
        now: Timestamp,
    ) -> Result<Factor> {
        let caller = user.caller();
        let mut account = self.users.me(caller).await?;
        self.passkeys.site()?;
        admit(&account)?;
        let (new, challenge) = self.verify(caller.id(), response).await?;
        let name = name.map(|name| name.as_str().to_owned());
        let row = PasskeyRow {
            id: FactorId::new(now, &*self.entropy)?,
            credential_id: new.id,
            public_key: new.public_key.to_bytes(),
            counter: new.counter,
            name,
            created_at: now,
        };
        let mut races = LostRaces::default();
        while !self.try_to_add(&account, &row, &challenge, now).await? {
            races.wait().await?;
            account = self.users.me_now(caller).await?;
            if account.epoch.number != caller.epoch().number {
                return Err(auth::Error::TokenInvalid(Reason::SessionEpoch).into());
            }
        }
        Ok(row.into())
    }

    /// The new passkey of a response, and the challenge that it answers.
    async fn verify(&self, user: UserId, response: &PasskeyResponse) -> Result<(NewCredential, Challenge)> {
        let site = self.passkeys.site()?;
        let registration = Registration::parse(response.as_bytes()).map_err(|_| INVALID)?;
        let challenge = self.passkeys.of_registration(user, registration.challenge()).await?.ok_or(INVALID)?;
        let new = site.verify_registration(&registration, &challenge).map_err(|_| INVALID)?;
        let rows = passkeys_of(&self.factors, user).await?;
        if rows.iter().any(|row| row.credential_id == new.id) {
            return Err(INVALID.into());
        }
        Ok((new, challenge))
    }

    /// Adds the passkey, unless the account has changed since it was read: then `false`.
    async fn try_to_add(
        &self,
        account: &Account,
        row: &PasskeyRow,
        challenge: &Challenge,
        now: Timestamp,
    ) -> Result<bool> {
        let (user, id) = (account.profile.id, row.id);
        let parts = self.parts(account, row, challenge)?;
        let event = |outcome: Option<&str>| {
            tracing::info!(event = "factor_added", %user, factor = %id, by = "user", outcome);
        };
        let write = async { self.users.db().transact(parts).await.map(Outcome) };
        let tell = self.notices.tell(account, Notice::PasskeyAdded { factor: id }, now);
        let (written, ()) = tokio::join!(recorded(write, event), tell);
        match written?.0 {
            Ok(()) => Ok(true),
            Err(failed) if failed.part(0) => Ok(false),
            Err(_) => Err(INVALID.into()),
        }
    }

    fn parts(&self, account: &Account, row: &PasskeyRow, challenge: &Challenge) -> Result<Vec<TransactionPart>> {
        let (user, totp) = (account.profile.id, admit(account)?);
        Ok(vec![
            self.users.add_passkey_part(account, totp, MOST)?,
            self.factors.insert_part(row.item(user))?,
            self.factors.insert_part(spent(user, &challenge.id(), challenge.expires_at()))?,
        ])
    }
}

const INVALID: Error = Error::PasskeyInvalid { field: CREDENTIAL };

impl Part for PasskeyEnrolments {
    const DATABASE: bool = true;

    fn build(context: &Context, permit: &Permit) -> Result<Self> {
        Ok(Self {
            passkeys: context.part(permit)?,
            factors: context.db(permit).table(),
            users: context.part(permit)?,
            notices: context.part(permit)?,
            entropy: context.entropy().clone(),
        })
    }

    fn list(into: &mut Vec<PartInfo>) {
        into.push(PartInfo { name: "PasskeyEnrolments", tables: &[FactorsTable::NAME], variables: &[] });
        <Passkeys as Part>::list(into);
        <Users as Part>::list(into);
        <Notices as Part>::list(into);
    }
}
