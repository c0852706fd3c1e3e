use auth::{PasswordProof, User};
#[cfg(feature = "endpoints")]
use dynamo::TransactionPart;
use dynamo::{ConditionalUpdate, Result, bytes, key, millis, number, text};
use jiff::Timestamp;

use super::session::{WRONG_PASSWORDS, wrong_passwords};
use super::table::Sessions;

/// A session after a wrong password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterWrongPassword {
    /// The session goes on.
    GoesOn,
    /// It was the fifth one in a row, and ended the session.
    Ended,
    /// The session had ended already.
    Over,
    /// This password is not counted yet, because another call changed the count to this one.
    Meanwhile(u32),
}

impl Sessions {
    /// Records that the caller authenticated again, so that a token that says so counts as recent, and forgets the wrong
    /// passwords. Returns `false` if the session ended after the caller was admitted, or has set another password since:
    /// that moved the session to a later epoch.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn authenticated_again(&self, user: &User, _: &PasswordProof, now: Timestamp) -> Result<bool> {
        Ok(self.sessions.update(again(user, now)).await?.is_ok())
    }

    /// [`Sessions::authenticated_again`] with a code, as a part of the transaction that uses the code up.
    ///
    /// # Errors
    /// When the SDK refuses the expressions.
    #[cfg(feature = "endpoints")]
    pub(crate) fn authenticated_again_part(&self, user: &User, now: Timestamp) -> Result<TransactionPart> {
        self.sessions.update_part(again(user, now))
    }

    /// Forgets the wrong passwords of the caller's session, after the right one.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn forget_wrong_passwords(&self, user: &User, _: &PasswordProof) -> Result<()> {
        let change = ConditionalUpdate {
            key: key("id", user.session_id()),
            update: "REMOVE #wrong_passwords",
            condition: "#user_id = :user_id",
            values: vec![("user_id", text(user.id()))],
        };
        self.sessions.update(change).await.map(drop)
    }

    /// Counts a wrong password of the caller after `before` others. The fifth one in a row ends the session in the same
    /// write. `mark` names the call.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn count_wrong_password(
        &self,
        user: &User,
        before: u32,
        mark: &[u8],
        now: Timestamp,
    ) -> Result<AfterWrongPassword> {
        let after = before.saturating_add(1);
        let outcome = if after < WRONG_PASSWORDS { AfterWrongPassword::GoesOn } else { AfterWrongPassword::Ended };
        let Err(there) = self.sessions.update(wrong_password(user, (before, after), mark, now)).await? else {
            return Ok(outcome);
        };
        Ok(match there {
            // An earlier attempt of this call made the change without receiving the response.
            Some(there) if there.get("wrong_password") == Some(&bytes(mark)) => outcome,
            Some(there) if !there.contains_key("revoked_at") => AfterWrongPassword::Meanwhile(wrong_passwords(&there)?),
            Some(_) | None => AfterWrongPassword::Over,
        })
    }
}

/// The change by another authentication of the caller.
fn again<'a>(user: &User, now: Timestamp) -> ConditionalUpdate<'a> {
    ConditionalUpdate {
        key: key("id", user.session_id()),
        update: "SET #reauthenticated_at = :now REMOVE #wrong_passwords",
        condition: "#user_id = :user_id AND #epoch <= :epoch AND #expires_at > :seconds \
                    AND attribute_not_exists(#revoked_at)",
        values: vec![
            ("user_id", text(user.id())),
            ("epoch", number(user.epoch().number)),
            ("seconds", number(now.as_second())),
            ("now", millis(now)),
        ],
    }
}

/// The change from `before` to `after` wrong passwords. `mark` names the call that made the change.
fn wrong_password<'a>(user: &User, (before, after): (u32, u32), mark: &[u8], now: Timestamp) -> ConditionalUpdate<'a> {
    let ends = after >= WRONG_PASSWORDS;
    let mut values =
        vec![("user_id", text(user.id())), ("before", number(before)), ("after", number(after)), ("mark", bytes(mark))];
    values.extend(ends.then(|| ("now", millis(now))));
    ConditionalUpdate {
        key: key("id", user.session_id()),
        update: if ends {
            "SET #wrong_passwords = :after, #wrong_password = :mark, #revoked_at = :now"
        } else {
            "SET #wrong_passwords = :after, #wrong_password = :mark"
        },
        condition: if before == 0 {
            "#user_id = :user_id AND attribute_not_exists(#revoked_at) \
             AND (attribute_not_exists(#wrong_passwords) OR #wrong_passwords = :before)"
        } else {
            "#user_id = :user_id AND attribute_not_exists(#revoked_at) AND #wrong_passwords = :before"
        },
        values,
    }
}
