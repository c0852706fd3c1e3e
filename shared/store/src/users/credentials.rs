use auth::{PasswordHash, User, UserId, Verified};
use aws_sdk_dynamodb::types::AttributeValue;
use operator::Operator;

use super::{Account, Users};
use crate::change::Change;
use crate::db::Table;
use crate::error::Result;
use crate::mail_tokens::{Redeemed, ResetPassword, VerifyEmail};
use crate::row::{key, number, text};

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
            epoch,
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

    /// Changes the caller's password and ends every session but the caller's; `false` if the password or the session
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
        let (epoch, next) = (number(user.epoch()), number(user.epoch().saturating_add(1)));
        let account = self.0.part_update(Change {
            table: Table::Users,
            key: key("id", proof.user_id()),
            update: "SET #password_hash = :new, #epoch = :next",
            condition: "#id = :user_id AND #password_hash = :old AND #epoch = :epoch AND #is_active = :true",
            values: vec![
                ("user_id", text(user.id())),
                ("new", text(new.as_str())),
                ("old", text(old.as_str())),
                ("epoch", epoch.clone()),
                ("next", next.clone()),
                ("true", AttributeValue::Bool(true)),
            ],
        })?;
        let session = self.0.part_update(Change {
            table: Table::Sessions,
            key: key("id", user.session_id()),
            update: "SET #epoch = :next",
            condition: "#user_id = :user_id AND #epoch = :epoch AND attribute_not_exists(#revoked_at)",
            values: vec![("user_id", text(user.id())), ("epoch", epoch), ("next", next)],
        })?;
        Ok(self.0.transact(vec![account, session]).await?.is_ok())
    }

    /// The account that a mailed token is for.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn redeemer<P>(&self, redeemed: &Redeemed<P>) -> Result<Option<Account>> {
        Ok(self.read(redeemed.user_id()).await?.filter(|account| account.is_active))
    }

    /// Sets the password of whoever redeems a mailed token, and ends every session; `false` if the token was used, or
    /// the password or the email changed since it was sent.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn reset_password(&self, redeemed: &Redeemed<ResetPassword>, new: &PasswordHash) -> Result<bool> {
        let account = self.0.part_update(Change {
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
        })?;
        Ok(self.0.transact(vec![account, self.0.part_redeem(redeemed)?]).await?.is_ok())
    }

    /// Marks the email as verified by whoever redeems a token that was mailed to it; `false` if the token was used, or
    /// the email changed since it was sent.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn verify_email(&self, redeemed: &Redeemed<VerifyEmail>) -> Result<bool> {
        let account = self.0.part_update(Change {
            table: Table::Users,
            key: key("id", redeemed.user_id()),
            update: "SET #email_verified = :true",
            condition: "#email_epoch = :email_epoch AND #is_active = :true",
            values: vec![("email_epoch", number(redeemed.email_epoch)), ("true", AttributeValue::Bool(true))],
        })?;
        Ok(self.0.transact(vec![account, self.0.part_redeem(redeemed)?]).await?.is_ok())
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
