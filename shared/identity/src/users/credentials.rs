use auth::{Entropy, PasswordHash, PasswordProof, User, UserId};
use aws_sdk_dynamodb::types::AttributeValue;
use dynamo::{ConditionalUpdate, Result, bytes, flag, key, number, text};
use operator::Operator;

use super::account::Account;
use super::table::Users;
use crate::authority::OwnsAccount;
use crate::mail_tokens::{Redeemed, ResetPassword, VerifyEmail};

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

    /// Changes the caller's password and ends every session except the caller's. Returns `false` if the password or the
    /// epoch changed meanwhile.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn change_password(
        &self,
        user: &User,
        proof: &PasswordProof,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool> {
        let change = ConditionalUpdate {
            key: key("id", proof.user_id()),
            update: "SET #password_hash = :new, #epoch = :next, #kept_session = :session, #kept_epoch = :next",
            condition: "#id = :user_id AND #password_hash = :old AND #epoch = :epoch AND #is_active = :true",
            values: vec![
                ("user_id", text(user.id())),
                ("new", text(new.as_str())),
                ("old", text(old.as_str())),
                ("epoch", number(user.epoch())),
                ("next", number(user.epoch().saturating_add(1))),
                ("session", text(user.session_id())),
                ("true", flag(true)),
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
    pub async fn redeemer(&self, redeemed: &Redeemed<ResetPassword>) -> Result<Option<Account>> {
        let current = |account: &Account| {
            account.is_active && (account.epoch.number, account.email_epoch) == (redeemed.epoch, redeemed.email_epoch)
        };
        Ok(self.read(redeemed.user_id()).await?.filter(current))
    }

    /// Sets the password of the mailed token's account, and ends every session. Returns `false` if the token was used,
    /// or the password or the email changed since it was sent.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn reset_password(&self, redeemed: &Redeemed<ResetPassword>, new: &PasswordHash) -> Result<bool> {
        let change = ConditionalUpdate {
            key: key("id", redeemed.user_id()),
            update: "SET #password_hash = :new, #epoch = #epoch + :one",
            condition: "#epoch = :epoch AND #email_epoch = :email_epoch AND #is_active = :true",
            values: vec![
                ("new", text(new.as_str())),
                ("one", number(1)),
                ("epoch", number(redeemed.epoch)),
                ("email_epoch", number(redeemed.email_epoch)),
                ("true", flag(true)),
            ],
        };
        self.set_once(change, ("password_hash", text(new.as_str()))).await
    }

    /// Marks the email as verified by a token that was mailed to it, and by its account's owner. Returns `false` if the
    /// token is another account's, or the email is verified already or changed since the token was sent. Verification
    /// invalidates all tokens of the email.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn verify_email(
        &self,
        redeemed: &Redeemed<VerifyEmail>,
        owner: &impl OwnsAccount,
        entropy: &dyn Entropy,
    ) -> Result<bool> {
        // The token stays valid: its own account can still use it.
        if owner.account() != redeemed.user_id() {
            return Ok(false);
        }
        // Distinguishes a retry of this call from a second use of the token.
        let mark = bytes(&auth::random::<16>(entropy)?);
        let change = ConditionalUpdate {
            key: key("id", redeemed.user_id()),
            update: "SET #email_verified = :true, #verified_by = :mark",
            condition: "#email_epoch = :email_epoch AND #is_active = :true AND NOT #email_verified = :true",
            values: vec![("email_epoch", number(redeemed.email_epoch)), ("true", flag(true)), ("mark", mark.clone())],
        };
        self.set_once(change, ("verified_by", mark)).await
    }

    /// Ends all sessions of the caller, including the current session.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn sign_out_everywhere(&self, user: &User) -> Result<()> {
        self.raise_epoch(user.id()).await.map(|_| ())
    }

    /// Ends all sessions of a user. Returns whether the account exists.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn sign_out(&self, _: &Operator, id: UserId) -> Result<bool> {
        self.raise_epoch(id).await
    }

    async fn raise_epoch(&self, id: UserId) -> Result<bool> {
        let change = ConditionalUpdate {
            key: key("id", id),
            update: "SET #epoch = #epoch + :one",
            condition: "attribute_exists(#id)",
            values: vec![("one", number(1))],
        };
        Ok(self.accounts.update(change).await?.is_ok())
    }
}
