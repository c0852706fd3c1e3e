use auth::{FactorId, MailedCode, UserId};
use dynamo::{ConditionalUpdate, Db, Row, TableClient, bytes, number};
use jiff::Timestamp;

use super::model::{FactorsTable, Totp, codes_key, totp_key};
use super::passkey_row::passkey_key;
use crate::notice::Notice;
use crate::users::Recipient;

/// What workers know of second factors: the authenticator apps that wait to be confirmed, whose codes they mail, and what
/// notices say about passkeys and recovery codes.
#[derive(Clone, Debug)]
pub struct WaitingFactors(TableClient<FactorsTable>);

impl WaitingFactors {
    /// The factors of a stack.
    pub fn new(db: &Db) -> Self {
        Self(db.table())
    }

    /// Whether the recipient's app still waits.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn waits(&self, to: &Recipient, id: FactorId, now: Timestamp) -> dynamo::Result<bool> {
        let item = self.0.get(totp_key(to.user_id, id)).await?;
        let waiting = item.as_ref().map(Totp::read).transpose()?;
        Ok(waiting.and_then(|totp| totp.waits_until).is_some_and(|until| until > now))
    }

    /// Whether the passkeys and recovery codes of a user are as the notice says. For notices of something else: `true`. Recovery
    /// codes that are gone say nothing, so the notice stands.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn bear_out(&self, user: UserId, notice: &Notice) -> dynamo::Result<bool> {
        let (name, at) = match notice {
            Notice::PasskeyAdded { factor } => return self.has_passkey(user, *factor).await,
            Notice::PasskeyRemoved { factor } => return Ok(!self.has_passkey(user, *factor).await?),
            Notice::RecoveryCodeUsed { at } => ("used_at", *at),
            Notice::RecoveryCodesRenewed { at } => ("created_at", *at),
            _ => return Ok(true),
        };
        let Some(item) = self.0.get(codes_key(user)).await? else { return Ok(true) };
        let row = Row::new::<FactorsTable>(&item);
        Ok(row.has(name) && row.number::<i64>(name)? >= at)
    }

    async fn has_passkey(&self, user: UserId, id: FactorId) -> dynamo::Result<bool> {
        Ok(self.0.get(passkey_key(user, id)).await?.is_some())
    }

    /// Stores the digest of a code that is about to be mailed. It replaces an earlier one. Returns `false` if the app does not
    /// wait any more.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn expect(
        &self,
        to: &Recipient,
        id: FactorId,
        code: &MailedCode,
        now: Timestamp,
    ) -> dynamo::Result<bool> {
        let change = ConditionalUpdate {
            key: totp_key(to.user_id, id),
            update: "SET #mailed = :mailed, #email_epoch = :email_epoch",
            condition: "#expires_at > :now",
            values: vec![
                ("mailed", bytes(&code.digest(to.user_id))),
                ("email_epoch", number(to.email_epoch)),
                ("now", number(now.as_second())),
            ],
        };
        Ok(self.0.update(change).await?.is_ok())
    }
}
