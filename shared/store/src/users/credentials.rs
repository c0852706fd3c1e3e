use auth::{Entropy, PasswordHash, User, UserId, Verified};
use aws_sdk_dynamodb::types::AttributeValue;
use operator::Operator;

use super::{Account, Users};
use crate::change::Change;
use crate::db::Table;
use crate::error::Result;
use crate::mail_tokens::{Redeemed, ResetPassword, VerifyEmail};
use crate::row::{bytes, key, number, text};

/// Whom a mail can go to: the owner of an active account. Only [`Users::recipient`] makes one.
#[derive(Clone, Debug)]
pub struct Recipient {
    pub(crate) user_id: UserId,
    pub(crate) epoch: u64,
    pub(crate) email_epoch: u64,
    email: String,
    username: String,
    email_verified: bool,
}

impl Recipient {
    /// Whose account it is.
    pub fn user_id(&self) -> UserId {
        self.user_id
    }

    /// Where the mail goes.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// What the owner is called.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Whether the owner proved to read that mailbox.
    pub fn email_verified(&self) -> bool {
        self.email_verified
    }
}

impl Users {
    /// The owner of an active account, as somebody to be mailed.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn recipient(&self, id: UserId) -> Result<Option<Recipient>> {
        let account = self.read(id).await?.filter(|account| account.is_active);
        Ok(account.map(|Account { profile, epoch, email_epoch, email_verified, .. }| Recipient {
            user_id: id,
            email: profile.email,
            epoch: epoch.number,
            email_epoch,
            username: profile.username,
            email_verified,
        }))
    }

    /// Stores a new hash of the same password, unless the password was changed meanwhile.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn rehash(&self, proof: &Verified, old: &PasswordHash, new: &PasswordHash) -> Result<()> {
        let change = Change {
            table: Table::Users,
            key: key("id", proof.user_id()),
            update: "SET #password_hash = :new",
            condition: "#password_hash = :old",
            values: vec![("new", text(new.as_str())), ("old", text(old.as_str()))],
        };
        // A condition that does not hold is no failure: the password was changed meanwhile.
        self.0.update(change).await.map(|_| ())
    }

    /// Changes the caller's password and ends every session but the caller's; `false` if the password or the epoch
    /// changed meanwhile.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn change_password(
        &self,
        user: &User,
        proof: &Verified,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool> {
        let change = Change {
            table: Table::Users,
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
                ("true", AttributeValue::Bool(true)),
            ],
        };
        self.set_once(change, ("password_hash", text(new.as_str()))).await
    }

    /// Makes the change; whether it was made. If its condition does not hold, a try before may have made it and lost its
    /// answer: then the item has the mark, which no other change sets.
    async fn set_once(&self, change: Change<'_>, (attribute, mark): (&str, AttributeValue)) -> Result<bool> {
        match self.0.update(change).await? {
            Ok(_) => Ok(true),
            Err(item) => Ok(item.is_some_and(|item| item.get(attribute) == Some(&mark))),
        }
    }

    /// The account whose password a mailed token can set: the token is good while epoch and email are those that it was
    /// mailed for, so the reset, which raises the epoch, uses it up.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn redeemer(&self, redeemed: &Redeemed<ResetPassword>) -> Result<Option<Account>> {
        let current = |account: &Account| {
            account.is_active && (account.epoch.number, account.email_epoch) == (redeemed.epoch, redeemed.email_epoch)
        };
        Ok(self.read(redeemed.user_id()).await?.filter(current))
    }

    /// Sets the password of whoever redeems a mailed token, and ends every session; `false` if the token was used, or
    /// the password or the email changed since it was sent.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn reset_password(&self, redeemed: &Redeemed<ResetPassword>, new: &PasswordHash) -> Result<bool> {
        let change = Change {
            table: Table::Users,
            key: key("id", redeemed.user_id()),
            update: "SET #password_hash = :new, #epoch = #epoch + :one",
            condition: "#epoch = :epoch AND #email_epoch = :email_epoch AND #is_active = :true",
            values: vec![
                ("new", text(new.as_str())),
                ("one", number(1)),
                ("epoch", number(redeemed.epoch)),
                ("email_epoch", number(redeemed.email_epoch)),
                ("true", AttributeValue::Bool(true)),
            ],
        };
        self.set_once(change, ("password_hash", text(new.as_str()))).await
    }

    /// Marks the email as verified by whoever redeems a token that was mailed to it; `false` if it is verified already,
    /// which uses up all tokens for it, or if it changed since the token was sent.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn verify_email(&self, redeemed: &Redeemed<VerifyEmail>, entropy: &dyn Entropy) -> Result<bool> {
        // Tells this call's own lost answer from a second use.
        let mark = bytes(&auth::random::<16>(entropy)?);
        let change = Change {
            table: Table::Users,
            key: key("id", redeemed.user_id()),
            update: "SET #email_verified = :true, #verified_by = :mark",
            condition: "#email_epoch = :email_epoch AND #is_active = :true AND NOT #email_verified = :true",
            values: vec![
                ("email_epoch", number(redeemed.email_epoch)),
                ("true", AttributeValue::Bool(true)),
                ("mark", mark.clone()),
            ],
        };
        self.set_once(change, ("verified_by", mark)).await
    }

    /// Ends all sessions of the caller, this one included.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn sign_out_everywhere(&self, user: &User) -> Result<()> {
        self.raise_epoch(user.id()).await.map(|_| ())
    }

    /// Ends all sessions of somebody; whether there is such an account.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn sign_out(&self, _: &Operator, id: UserId) -> Result<bool> {
        self.raise_epoch(id).await
    }

    async fn raise_epoch(&self, id: UserId) -> Result<bool> {
        let change = Change {
            table: Table::Users,
            key: key("id", id),
            update: "SET #epoch = #epoch + :one",
            condition: "attribute_exists(#id)",
            values: vec![("one", number(1))],
        };
        Ok(self.0.update(change).await?.is_ok())
    }
}
