use api::{Act, AuditEntry, Committed};
use auth::UserId;
use dynamo::{Edited, LostRaces, millis, number};
use jiff::Timestamp;
use operator::Operator;

use super::enrolment::Enrolments;
use super::model::{context, sealed_item, totp_key};
use super::new_totp::NewTotp;
use super::passkey_row::passkey_keys_of;
use super::recovery_codes::RecoveryCodes;
use super::table::Factors;
use crate::error::{Error, Result};
use crate::users::Account;

fn entry(action: &'static str, user: UserId) -> AuditEntry {
    AuditEntry::of(action, format!("users/{user}"))
}

impl Factors {
    /// Removes all second factors of an account, and ends its sessions. Returns how many there were. `None` if there is no
    /// such account.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn reset(&self, act: &Act<'_, Operator>, user: UserId) -> Result<Edited<Option<usize>>> {
        let mut races = LostRaces::default();
        loop {
            let Some(account) = self.users.resolve(act.by(), user).await? else { return Ok(Edited::unchanged(None)) };
            let Some(totp) = account.totp else { return Ok(Edited::unchanged(Some(0))) };
            let passkeys = passkey_keys_of(&self.factors, user).await?;
            let removed = passkeys.len().saturating_add(1);
            let mut entry = entry("factor_removed", user).before("factor", dynamo::text(totp));
            if account.passkeys > 0 {
                entry = entry.before("passkeys", number(account.passkeys));
            }
            match act.write(self.factors.db(), self.removal_of_all(&account, totp, passkeys)?, entry, None).await? {
                Committed::Done => return Ok(Edited::done(Some(removed))),
                _ => races.wait().await?,
            }
        }
    }
}

impl Enrolments {
    /// An app for an account whose owner sits beside the operator. Nothing is stored yet.
    ///
    /// # Errors
    /// [`Error::FactorExists`], or when the source of randomness fails.
    pub fn begin_by(&self, _: &Act<'_, Operator>, account: &Account, now: Timestamp) -> Result<NewTotp> {
        match account.totp {
            Some(_) => Err(Error::FactorExists),
            None => NewTotp::generate(&self.issuer, account, now, &*self.entropy),
        }
    }

    /// Makes the app the account's factor, if its code is right, and ends all sessions. Returns the recovery codes, or `None`
    /// if the code is wrong. The operator is trusted, so no code is mailed.
    ///
    /// # Errors
    /// [`Error::ChangedMeanwhile`], or when DynamoDB or the sealing keys can't be reached.
    pub async fn confirm_by(
        &self,
        act: &Act<'_, Operator>,
        account: &Account,
        (new, code): (&NewTotp, &str),
        now: Timestamp,
    ) -> Result<Option<RecoveryCodes>> {
        let (user, Some(step)) = (account.profile.id, new.totp.step_of(code, now)) else { return Ok(None) };
        let codes = RecoveryCodes::generate(user, &*self.entropy)?;
        let sealed = self.sealer.seal(new.totp.as_bytes(), &context(user, new.id)).await?;
        let mut item = totp_key(user, new.id);
        item.extend(sealed_item(&sealed));
        item.extend(dynamo::item([("created_at", millis(now)), ("last_step", number(step))]));
        let parts = vec![
            self.users.add_totp_part(account, new.id)?,
            self.factors.insert_part(item)?,
            self.factors.put_part(codes.item(user, now), "", Vec::new())?,
        ];
        let entry = entry("factor_added", user).after("factor", dynamo::text(new.id));
        match act.write(self.factors.db(), parts, entry, None).await? {
            Committed::Done => Ok(Some(codes)),
            _ => Err(Error::ChangedMeanwhile),
        }
    }
}
