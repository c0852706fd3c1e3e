use auth::{PasswordHash, PasswordProof, User};
use aws_sdk_dynamodb::types::AttributeValue;
use dynamo::{ConditionalUpdate, RAISE_VERSION, Result, bytes, flag, key, millis, number, text};
use jiff::Timestamp;

use super::account::Account;
use super::table::Users;
use crate::authority::ConfirmsAccount;
use crate::mail_tokens::{Redeemed, ResetPassword};

impl Users {
    /// Stores a new hash of the same password, unless another call changed the password first.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn rehash(&self, proof: &PasswordProof, old: &PasswordHash, new: &PasswordHash) -> Result<()> {
        let change = ConditionalUpdate {
            key: key("id", proof.user_id()),
            update: "SET #password_hash = :new",
            condition: "#password_hash = :old",
            values: vec![("new", text(new.as_str())), ("old", text(old.as_str()))],
        };
        // A failed condition is not an error: another call changed the password first.
        self.accounts.update(change).await.map(|_| ())
    }

    /// Changes the caller's password, ends every session except the caller's, and drops an email that is not verified yet,
    /// because a thief may have asked for it. Returns `false` if the password or the
    /// epoch changed meanwhile.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn change_password(
        &self,
        user: &User,
        proof: &impl ConfirmsAccount,
        old: &PasswordHash,
        new: &PasswordHash,
        now: Timestamp,
    ) -> Result<bool> {
        let change = ConditionalUpdate {
            key: key("id", proof.account()),
            update: &format!(
                "SET #password_hash = :new, #epoch = :next, #kept_session = :session, #kept_epoch = :next, \
                 #password_set_at = :now, {RAISE_VERSION} REMOVE #pending_email"
            ),
            condition: "#id = :user_id AND #password_hash = :old AND #epoch = :epoch AND #is_active = :true",
            values: vec![
                ("user_id", text(user.id())),
                ("new", text(new.as_str())),
                ("old", text(old.as_str())),
                ("epoch", number(user.epoch().number)),
                ("next", number(user.epoch().next())),
                ("session", text(user.session_id())),
                ("now", millis(now)),
                ("true", flag(true)),
                ("zero", number(0)),
                ("one", number(1)),
            ],
        };
        self.set_once(change, ("password_hash", text(new.as_str()))).await
    }

    /// Makes the change and returns whether it was made. If the condition fails, an earlier try may have made the
    /// change without receiving the response. Then the item has the mark, which no other change sets.
    async fn set_once(&self, change: ConditionalUpdate<'_>, (attribute, mark): (&str, AttributeValue)) -> Result<bool> {
        match self.accounts.update(change).await? {
            Ok(_) => Ok(true),
            Err(item) => Ok(item.is_some_and(|item| item.get(attribute) == Some(&mark))),
        }
    }

    /// The account whose password a mailed token can set. The token is valid while epoch and email are the same as when
    /// the token was mailed. The reset raises the epoch and so invalidates the token.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn redeemer(&self, redeemed: &Redeemed<ResetPassword>, now: Timestamp) -> Result<Option<Redeemer>> {
        let open = |account: &Account| account.is_active && (account.email_verified || account.never_verified());
        let account = self.read(redeemed.user_id()).await?.filter(open);
        Ok(account.and_then(|account| Redeemer::of(account, redeemed, now)))
    }

    /// Sets the password of the mailed token's account, and ends every session. The token proves the mailbox, so the email is
    /// verified, and another email that was asked for is dropped. Returns `false` if the token was used, or the password
    /// or the email changed since it was sent.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn reset_password(
        &self,
        redeemed: &Redeemed<ResetPassword>,
        new: &PasswordHash,
        now: Timestamp,
    ) -> Result<bool> {
        let change = ConditionalUpdate {
            key: key("id", redeemed.user_id()),
            update: &format!(
                "SET #password_hash = :new, #epoch = #epoch + :one, #reset_by = :digest, #password_set_at = :now, \
                 #email_verified = :true, {RAISE_VERSION} REMOVE #pending_email, #unverified, #unverified_at"
            ),
            // An account that got a role while its email was not verified is not given to the owner of the mailbox.
            condition: "#epoch = :epoch AND #email_epoch = :email_epoch AND #is_active = :true \
                        AND (#email_verified = :true OR (#is_staff = :false AND #is_superuser = :false))",
            values: vec![
                ("new", text(new.as_str())),
                ("zero", number(0)),
                ("one", number(1)),
                ("digest", bytes(&redeemed.digest)),
                ("now", millis(now)),
                ("epoch", number(redeemed.epoch)),
                ("email_epoch", number(redeemed.email_epoch)),
                ("true", flag(true)),
                ("false", flag(false)),
            ],
        };
        self.set_once(change, ("password_hash", text(new.as_str()))).await
    }
}

/// An account that a mailed token belongs to.
#[derive(Clone, Debug)]
pub enum Redeemer {
    /// The token can set the account's password.
    Current(Account),
    /// The token set the account's password moments ago, and nothing has ended all sessions since.
    Used(Account),
}

impl Redeemer {
    fn of(account: Account, redeemed: &Redeemed<ResetPassword>, now: Timestamp) -> Option<Self> {
        let repeats = account.set_password_lately(now);
        let &Redeemed { epoch, email_epoch, digest, .. } = redeemed;
        match (account.epoch.number, account.email_epoch) {
            current if current == (epoch, email_epoch) => Some(Self::Current(account)),
            (number, _) if repeats && account.reset_by == Some(digest) && number == epoch.saturating_add(1) => {
                Some(Self::Used(account))
            }
            _ => None,
        }
    }
}
