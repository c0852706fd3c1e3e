use api::{Result, recorded};
use auth::{Reason, User};
use dynamo::{FailedConditions, Write, Written};
use jiff::Timestamp;

use super::check::{RightCode, SecondFactors};
use crate::notice::Notice;
use crate::sessions::Sessions;
use crate::users::Account;

/// The outcome of a transaction.
pub(crate) struct Outcome(pub(crate) std::result::Result<(), FailedConditions>);

impl Write for Outcome {
    fn written(&self) -> Written {
        self.0.is_ok().written()
    }
}

impl SecondFactors {
    /// Records that the caller authenticated again with a code, and uses the code up, in one transaction. Then a token that
    /// says so counts as recent.
    ///
    /// # Errors
    /// [`auth::Error::TokenInvalid`] if the session ended after the caller was admitted.
    /// [`crate::Error::CodeWrong`] or [`crate::Error::PasskeyInvalid`] if another call used the code up first. Or when DynamoDB does not answer.
    pub async fn authenticate_again(
        &self,
        sessions: &Sessions,
        (user, account): (&User, &Account),
        mut code: RightCode,
        now: Timestamp,
    ) -> Result<()> {
        let mut parts = vec![sessions.authenticated_again_part(user, now)?];
        parts.append(&mut code.parts);
        let event = |outcome: Option<&str>| {
            tracing::info!(event = "reauthenticated", user = %user.id(), session = %user.session_id(), outcome);
        };
        let write = async { self.factors.db().transact(parts).await.map(Outcome) };
        let notice = code.is_recovery.then(|| Notice::RecoveryCodeUsed { at: now.as_millisecond() });
        let tell = self.notices().tell_if(account, notice, now);
        let (written, ()) = tokio::join!(recorded(write, event), tell);
        match written?.0 {
            Ok(()) => Ok(()),
            Err(failed) if failed.part(0) => Err(auth::Error::TokenInvalid(Reason::SessionRevoked).into()),
            Err(_) => Err(code.used().into()),
        }
    }
}
