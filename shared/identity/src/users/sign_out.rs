use auth::{Epoch, User, UserId};
use dynamo::{ConditionalUpdate, Result, Row, Written, key, millis, number};
use jiff::Timestamp;
use operator::Operator;

use super::account::{Account, UsersTable, epoch as stored_epoch};
use super::table::Users;

/// How often a call tries to raise an epoch that other calls raise, too.
const TRIES: usize = 3;

impl Users {
    /// Ends all sessions of the caller, including the current session. Changes nothing if
    /// another call ended them all first.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn sign_out_everywhere(&self, user: &User, now: Timestamp) -> Result<Written> {
        // A password change in between kept one session, of the caller or of somebody else.
        self.end_sessions(user.id(), user.epoch(), |epoch| epoch.kept.is_some(), now).await
    }

    /// Ends all sessions of an account that was just read.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn sign_out(&self, _: &Operator, account: &Account, now: Timestamp) -> Result<Written> {
        self.end_sessions(account.profile.id, account.epoch, |_| true, now).await
    }

    /// Raises the epoch that was read, so that an attempt that arrives late ends no session that began since. If another
    /// call raised the epoch first, and `again` says that a session to end is left, raises the next one.
    async fn end_sessions(
        &self,
        id: UserId,
        mut epoch: Epoch,
        again: impl Fn(Epoch) -> bool,
        now: Timestamp,
    ) -> Result<Written> {
        let mark = millis(now);
        for _ in 0..TRIES {
            let change = ConditionalUpdate {
                key: key("id", id),
                update: "SET #epoch = :next, #signed_out_at = :now",
                condition: "#epoch = :epoch",
                values: vec![("epoch", number(epoch.number)), ("next", number(epoch.next())), ("now", mark.clone())],
            };
            let Err(there) = self.accounts.update(change).await? else { return Ok(Written::Done) };
            let Some(there) = there else { return Ok(Written::Unchanged) };
            // An earlier attempt of this call made the change without receiving the response.
            if there.get("signed_out_at") == Some(&mark) {
                return Ok(Written::Done);
            }
            epoch = stored_epoch(Row::new::<UsersTable>(&there))?;
            if !again(epoch) {
                return Ok(Written::Unchanged);
            }
        }
        Err(dynamo::Error::Unavailable("an epoch changed too often".to_owned()))
    }
}
