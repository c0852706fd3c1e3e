use auth::{Epoch, User, UserId};
use dynamo::{ConditionalUpdate, Result, Row, Written, key, millis, number};
use jiff::Timestamp;

use super::account::{UsersTable, epoch as stored_epoch};
use super::table::Users;

/// How often a call tries to raise an epoch that other calls raise, too.
const TRIES: usize = 3;

impl Users {
    /// Ends all sessions of the caller, including the current session. Changes nothing if another call ended them all
    /// first. Raises the epoch that was read, so that an attempt that arrives late ends no session that began since.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn sign_out_everywhere(&self, user: &User, now: Timestamp) -> Result<Written> {
        let (mut epoch, mark) = (user.epoch(), millis(now));
        for _ in 0..TRIES {
            let change = next_epoch(user.id(), epoch, now);
            let Err(there) = self.accounts.update(change).await? else { return Ok(Written::Done) };
            let Some(there) = there else { return Ok(Written::Unchanged) };
            // An earlier attempt of this call made the change without receiving the response.
            if there.get("signed_out_at") == Some(&mark) {
                return Ok(Written::Done);
            }
            epoch = stored_epoch(Row::new::<UsersTable>(&there))?;
            // A password change in between kept one session, of the caller or of somebody else.
            if epoch.kept.is_none() {
                return Ok(Written::Unchanged);
            }
        }
        Err(dynamo::Error::Unavailable("an epoch changed too often".to_owned()))
    }
}

/// Raises the epoch, unless another call did so first.
pub(super) fn next_epoch(id: UserId, epoch: Epoch, now: Timestamp) -> ConditionalUpdate<'static> {
    ConditionalUpdate {
        key: key("id", id),
        update: "SET #epoch = :next, #signed_out_at = :now",
        condition: "#epoch = :epoch",
        values: vec![("epoch", number(epoch.number)), ("next", number(epoch.next())), ("now", millis(now))],
    }
}
